/** How many connections a server accepts, and how many of them pools may use. Pure. */
import { POOLS, poolSize, type Workload } from "../../../core/service/workload.ts";

/** Minimum of direct connections, whatever the profile says: 3 for the superuser, 12 for people and tools. */
export const LEAST_DIRECT = 15;

/**
 * superuser_reserved_connections: PostgreSQL's default. Plumbline connects with one of them if all others are in use.
 */
export const RESERVED_CONNECTIONS = 3;

/** Prepared statements per pooled backend: more than an application's frequent ones; PgBouncer's default since 1.24. */
export const PREPARED_STATEMENTS = 200;

/**
 * Returns how many backends a pool may add while its clients wait for longer than a moment, as when others hold theirs
 * in long transactions: half of the cpus, so that the backends still are few for each cpu.
 */
export function reservePoolSize(machineCpus: number): number {
  return Math.ceil(machineCpus / 2);
}

/** Returns the number of backends that all pools may take together. */
export function pooledBackends(machineCpus: number): number {
  return POOLS * (poolSize(machineCpus) + reservePoolSize(machineCpus));
}

/** Returns the number of connections that the server accepts: those of the pools and the direct ones. */
export function maxConnections(machineCpus: number, workload: Workload): number {
  return pooledBackends(machineCpus) + Math.max(LEAST_DIRECT, workload.connections);
}
