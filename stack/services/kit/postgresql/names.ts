/** Names that Plumbline gives inside a database, whichever way leads there. */

/** Database and role of the benchmarks, and of nothing else. */
export const BENCH_DATABASE = "plumbline_bench";
