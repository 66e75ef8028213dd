/** How many connections a server accepts, and how many of them pools may use. Pure. */
import { POOLS, poolSize, type Workload } from "../../../core/service/workload.ts";

/** Minimum of direct connections, whatever the profile says: 3 for the superuser, 12 for people and tools. */
export const LEAST_DIRECT = 15;

/**
 * superuser_reserved_connections: PostgreSQL's default. Plumbline connects with one of them if all others are in use.
 */
export const RESERVED_CONNECTIONS = 3;

/** Returns the number of connections that the server accepts: those of the pools and the direct ones. */
export function maxConnections(machineCpus: number, workload: Workload): number {
  return POOLS * poolSize(machineCpus) + Math.max(LEAST_DIRECT, workload.connections);
}
