/** The workload of the stack: the formulas' inputs apart from the hardware. */

/** pgtune's kinds: web (many short reads), oltp (short writes), dw (long scans), mixed. */
export type WorkloadKind = "web" | "oltp" | "dw" | "mixed";

export interface Workload {
  readonly kind: WorkloadKind;
  /** Clients connected to the pools at the same time. */
  readonly clients: number;
  /** Connections that each database accepts directly, in addition to the pool's. */
  readonly connections: number;
}

/**
 * Returns the number of backends of one pool: 2 × cpus + 1, the rule of the PostgreSQL wiki's "How to find the optimal
 * database connection size" ((core_count × 2) + effective_spindle_count, with one spindle for a laptop's disk).
 */
export function poolSize(cpus: number): number {
  return 2 * Math.ceil(cpus) + 1;
}

/** Number of pools: one for the application, one for the benchmarks' own database. */
export const POOLS = 2;
