/** The scenarios of PostgreSQL, directly or through a pool. */
import type { Client } from "pg";
import { z } from "zod";
import type { Bench, RoundTrip, Scenario } from "../../../core/service/scenario.ts";
import type { Target } from "../../../core/service/service.ts";
import { createData, dropData, fingerprint } from "./bench-data.ts";
import { keep } from "../kept.ts";
import { connect, rows, withClient, type Login } from "./client.ts";
import { BENCH_DATABASE } from "./names.ts";
import { operations, PAYLOAD, type Operation } from "./operations.ts";
import { pgbenchTool } from "./pgbench.ts";

export interface BenchAccess {
  /** The service whose port is measured; scenarios and the schema of their tables are named after it. */
  readonly service: string;
  readonly target: Target;
  /** Its port inside the container. */
  readonly port: number;
  /** Credential of the benchmarks' role. */
  readonly credential: Login["credential"];
}

/** Number of clients in the performance document: throughput × latency is 5 in all of its rows. */
const CLIENTS = 5;

/** On a slow disk, creating the largest tables takes half a minute; no measured operation comes near the deadline. */
const OPERATION_DEADLINE_MS = 120_000;

/** Returns the benchmark of one access path to the database, on tables in its own schema. */
export function sqlBench({ service, target, port, credential: owned }: BenchAccess): Bench {
  const schema = `bench_${service}`;
  const credential = target.credentials(...owned);
  const loadTool = (script: string) =>
    pgbenchTool(
      {
        target,
        port: target.inside?.("sql") ?? port,
        database: BENCH_DATABASE,
        credential,
        variables: { payload: PAYLOAD },
      },
      script,
    );
  const login = {
    target,
    database: BENCH_DATABASE,
    credential: owned,
    queryDeadlineMs: OPERATION_DEADLINE_MS,
  } as const;
  const counting = keep(
    () => connect(login),
    (client) => client.end().catch(() => undefined),
  );
  return {
    scenarios: operations(schema).map((operation) => ({
      ...scenario(service, operation, () => connect(login)),
      ...(operation.data && { prepare: () => withClient(login, async (client) => operation.data?.(client)) }),
      ...(operation.script !== undefined && {
        loadTool: { ...loadTool(operation.script), comparedAt: operation.comparedAt ?? [] },
      }),
    })),
    fingerprint: () => withClient(login, fingerprint),
    openRoundTrip: () => openEmptyQuery(login),
    counters: () => counting.ask(walBytes),
    setup: () => withClient(login, (client) => createData(client, schema)),
    teardown: async () => {
      await counting.close();
      await withClient(login, (client) => dropData(client, schema));
    },
  };
}

/**
 * Counts from the end of the log, which is exact at once. The statistics views are not: a backend adds its own figures at
 * most once a second, and only `pg_stat_force_next_flush` of that backend does so earlier. Synced writes are in no place
 * that is exact, and pages read follow the cache, not the operation.
 */
async function walBytes(client: Client): Promise<Readonly<Record<string, number>>> {
  const Row = z.object({ bytes: z.coerce.number() });
  const [row] = await rows(client, Row, "select (pg_current_wal_insert_lsn() - '0/0')::text as bytes");
  return row ? { "WAL bytes": row.bytes } : {};
}

/** A query without a statement; the server answers that it was empty. */
async function openEmptyQuery(login: Login): Promise<RoundTrip> {
  const client = await connect(login);
  return {
    trip: async () => {
      await client.query("");
    },
    close: () => client.end(),
  };
}

function scenario(service: string, operation: Operation, open: () => Promise<Client>): Scenario {
  return {
    name: `${service}/${operation.name}`,
    title: operation.title,
    effect: operation.effect,
    smoke: operation.smoke ?? false,
    clients: operation.clients ?? CLIENTS,
    cost: operation.cost,
    parameters: { ...operation.parameters, statements: "prepared" },
    open: async (count) => {
      const clients = await openAll(count, open);
      const close = async (): Promise<void> => {
        await Promise.all(clients.map((client) => client.end()));
      };
      const workers = clients.map((client) => ({ client, run: operation.start() }));
      return {
        operation: async (index) => {
          const worker = workers[index];
          if (!worker) throw new RangeError(`client ${index} of ${workers.length}`);
          await worker.run(worker.client);
        },
        close,
      };
    },
  };
}

/** Opens all connections; if one fails, closes the others and rejects with the first reason. */
async function openAll(count: number, open: () => Promise<Client>): Promise<readonly Client[]> {
  const opened = await Promise.allSettled(Array.from({ length: count }, open));
  const clients = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const refused = opened.find((result) => result.status === "rejected");
  if (!refused) return clients;
  await Promise.all(clients.map((client) => client.end()));
  throw refused.reason;
}
