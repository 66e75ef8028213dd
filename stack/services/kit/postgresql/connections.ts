/** How many connections a server accepts, and how many of them are left for a pool. Pure. */
import { POOLS, poolSize, type Workload } from "../../../core/service/workload.ts";

/** Direct connections that there must be whatever the profile says: 3 for the superuser, 12 for people and tools. */
export const LEAST_DIRECT = 15;

/** superuser_reserved_connections: PostgreSQL's default. Plumbline itself connects through them when all others are taken. */
export const RESERVED_CONNECTIONS = 3;

/** Connections that the server accepts: what the pools hold, and the direct ones. */
export function maxConnections(machineCpus: number, workload: Workload): number {
  return POOLS * poolSize(machineCpus) + Math.max(LEAST_DIRECT, workload.connections);
}
