/** Names that Plumbline gives inside PostgreSQL. */

/** The server's own port, inside its container. */
export const PORT = 5432;

/** Always there; administration connects to it. */
export const ADMIN_DATABASE = "postgres";

/** Database and role of the benchmarks, and of nothing else. */
export const BENCH_DATABASE = "plumbline_bench";
