/** The servers that are killed: each alone in a stack, so that the next `up` has this one to mend. */

export const SOURCES = ["debian", "registry"] as const;
export type Source = (typeof SOURCES)[number];

export const SERVERS = ["postgres", "mysql", "redis", "redis-cluster", "rabbitmq"] as const;
export type ServerName = (typeof SERVERS)[number];

export interface KilledServer {
  readonly service: "postgres" | "mysql" | "redis" | "rabbitmq";
  /** All of them are killed at one moment. */
  readonly instances: readonly string[];
  readonly profile: string;
}

export const KILLED: Readonly<Record<ServerName, KilledServer>> = {
  postgres: { service: "postgres", instances: ["postgres"], profile: profileWith("postgres: true") },
  mysql: { service: "mysql", instances: ["mysql"], profile: profileWith("mysql: true") },
  redis: { service: "redis", instances: ["redis-1"], profile: profileWith("redis: { nodes: 1 }") },
  "redis-cluster": {
    service: "redis",
    instances: ["redis-1", "redis-2", "redis-3"],
    profile: profileWith("redis: { nodes: 3 }"),
  },
  rabbitmq: { service: "rabbitmq", instances: ["rabbitmq"], profile: profileWith("rabbitmq: true") },
};

function profileWith(service: string): string {
  return [
    "description: one service",
    "machine: { cpus: 2, memory: 2 GiB, disk: 10 GiB }",
    `services: { ${service} }`,
    "workload: { clients: 5 }",
    "",
  ].join("\n");
}
