/** The registry: every service of the stack, one line each. */
import type { LoadToolFormat } from "../core/service/load-tool-format.ts";
import type { Service } from "../core/service/service.ts";
import { mysql } from "./mysql/index.ts";
import { mysqldExporter } from "./mysqld-exporter/index.ts";
import { nodeExporter } from "./node-exporter/index.ts";
import { pgbouncer } from "./pgbouncer/index.ts";
import { postgres } from "./postgres/index.ts";
import { postgresExporter } from "./postgres-exporter/index.ts";
import { rabbitmq } from "./rabbitmq/index.ts";
import { redis } from "./redis/index.ts";
import { redisExporter } from "./redis-exporter/index.ts";

export const services: readonly Service[] = [
  postgres,
  pgbouncer,
  mysql,
  redis,
  rabbitmq,
  postgresExporter,
  mysqldExporter,
  redisExporter,
  nodeExporter,
];

export const registry: ReadonlyMap<string, Service> = new Map(services.map((service) => [service.name, service]));

/** The load tools of all services. */
export const loadToolFormats: readonly LoadToolFormat[] = services.flatMap(({ tools = [] }) => tools);
