/** Profiles of small stacks, for tests and experiments. */

/** One server that starts within a second. */
export const REDIS_ONLY = `
description: one server
machine: { cpus: 1, memory: 1 GiB, disk: 10 GiB }
services:
  redis: { nodes: 1 }
workload: { clients: 5 }
verification: { budget: 3 s }
`;

/** One database. */
export const POSTGRES_ONLY = `
description: one database
machine: { cpus: 2, memory: 2 GiB, disk: 10 GiB }
services:
  postgres: true
workload: { clients: 5 }
`;

/** A database, the pool in front of it, and a store. */
export const SMALL = `
description: three servers
machine: { cpus: 2, memory: 2 GiB, disk: 10 GiB }
services:
  postgres: true
  pgbouncer: true
  redis: { nodes: 1 }
workload: { clients: 5 }
verification: { budget: 5 s }
`;
