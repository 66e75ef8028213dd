/** Profiles of the cases: one service, with what PgBouncer leads to. */
import type { WaitCase } from "./case.ts";

export function profileWith(services: string): string {
  return [
    "description: one service",
    "machine: { cpus: 2, memory: 2 GiB, disk: 10 GiB }",
    `services: { ${services} }`,
    "workload: { clients: 5 }",
    "verification: { budget: 3 s }",
    "",
  ].join("\n");
}

export const PROFILES: Readonly<Record<WaitCase["service"], string>> = {
  postgres: profileWith("postgres: true"),
  pgbouncer: profileWith("postgres: true, pgbouncer: true"),
  mysql: profileWith("mysql: true"),
  redis: profileWith("redis: { nodes: 1 }"),
  rabbitmq: profileWith("rabbitmq: true"),
};

export const INSTANCES: Readonly<Record<WaitCase["service"], string>> = {
  postgres: "postgres",
  pgbouncer: "pgbouncer",
  mysql: "mysql",
  redis: "redis-1",
  rabbitmq: "rabbitmq",
};
