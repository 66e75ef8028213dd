/** Names that Plumbline uses inside a database, reached directly or through a pool. */

/** Database and role that only the benchmarks use. */
export const BENCH_DATABASE = "plumbline_bench";
