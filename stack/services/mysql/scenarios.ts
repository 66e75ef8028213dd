/** The scenarios of MySQL, on tables in their own database. */
import { z } from "zod";
import type { Bench, Effect, RoundTrip, Scenario } from "../../core/service/scenario.ts";
import type { Target } from "../../core/service/service.ts";
import { keep } from "../kit/kept.ts";
import { countedBy } from "./counting.ts";
import { openClient, withClient, type Client } from "./client.ts";
import { BENCH_DATABASE } from "./prepare.ts";
import type { Durability } from "./tuning.ts";

const ROWS = 10_000;
const PAYLOAD_BYTES = 100;
const CLIENTS = 5;
/** Rows that each client may delete before it inserts new ones; that one operation includes the inserts. */
const STOCK = 2_000;
const SETUP_DEADLINE_MS = 60_000;
const BATCH = 1_000;

const TABLES = ["bench_rows", "bench_updates", "bench_inserts", "bench_stock", "bench_transactions"] as const;

/** Options of the service that determine what a commit waits for. */
export interface CommitOptions {
  readonly durability: Durability;
  readonly binaryLog: boolean;
}

/** Returns the benchmark. With relaxed durability no commit waits for the disk, and the scenarios say so. */
export function mysqlBench(target: Target, commits: CommitOptions): Bench {
  const counting = keep(
    () => openClient(target, "bench"),
    (client) => client.close(),
  );
  return {
    scenarios: OPERATIONS.map((operation) => scenarioOf(target, withDurability(operation, commits), commits)),
    fingerprint: () => asBench(target, fingerprint),
    openRoundTrip: () => openPing(target),
    counters: () => counting.ask(countedBy),
    setup: () => asBench(target, setup),
    teardown: async () => {
      await counting.close();
      await asBench(target, dropTables);
    },
  };
}

/** What one client does. `turn` counts its operations from 0. */
interface Operation {
  readonly name: string;
  readonly title: string;
  readonly effect: Effect;
  readonly smoke: boolean;
  /** Default: 1. */
  readonly roundTrips?: number;
  readonly parameters?: Scenario["parameters"];
  readonly prepare?: (client: Client, index: number) => Promise<void>;
  readonly run: (client: Client, index: number, turn: number) => Promise<void>;
}

const OPERATIONS: readonly Operation[] = [
  {
    name: "select-by-key",
    title: "select one row by primary key",
    effect: "read",
    smoke: true,
    run: async (client, index, turn) => {
      expectRows(await client.execute(SELECT, [keyOf(index, turn)]), 1);
    },
  },
  {
    name: "insert",
    title: "insert one row and commit",
    effect: "durable write",
    smoke: true,
    run: async (client, index, turn) => {
      expectRows(
        await client.execute("INSERT INTO bench_inserts (value, payload) VALUES (?, ?)", [index + turn, PAYLOAD]),
        1,
      );
    },
  },
  {
    name: "full-scan",
    title: `scan ${ROWS} rows without an index`,
    effect: "read",
    smoke: false,
    run: async (client) => {
      expectRows(await client.execute(SCAN, []), 1);
    },
  },
  {
    name: "update",
    title: "update an indexed column of one row and commit",
    effect: "durable write",
    smoke: false,
    run: async (client, index, turn) => {
      expectRows(await client.execute(UPDATE, [keyOf(index, turn)]), 1);
    },
  },
  {
    name: "delete",
    title: "delete one row by primary key and commit",
    effect: "durable write",
    smoke: false,
    parameters: { stock: STOCK },
    prepare: restock,
    run: async (client, index, turn) => {
      if (turn > 0 && turn % STOCK === 0) await restock(client, index);
      const id = index * STOCK + (turn % STOCK);
      expectRows(await client.execute("DELETE FROM bench_stock WHERE id = ?", [id]), 1);
    },
  },
  {
    name: "transaction",
    title: "a transaction of five statements: insert, select, update, select, delete",
    effect: "durable write",
    smoke: false,
    // Includes START TRANSACTION and COMMIT.
    roundTrips: 7,
    run: async (client, index, turn) => {
      const id = index + 1;
      const one = async (sql: string, values: readonly (string | number)[]) => {
        expectRows(await client.execute(sql, values), 1);
      };
      await client.run("START TRANSACTION");
      await one("INSERT INTO bench_transactions (id, value, payload) VALUES (?, ?, ?)", [id, turn, PAYLOAD]);
      await one(SELECT, [keyOf(index, turn)]);
      await one(UPDATE, [keyOf(index, turn)]);
      await one(SELECT, [keyOf(index, turn)]);
      await one("DELETE FROM bench_transactions WHERE id = ?", [id]);
      await client.run("COMMIT");
    },
  },
];

const SELECT = "SELECT id, value, payload FROM bench_rows WHERE id = ?";
const UPDATE = "UPDATE bench_updates SET value = value + 1 WHERE id = ?";
/** Returns a row only if every row was read. Only one row, so that the scan is measured, not the transfer. */
const SCAN = `SELECT COUNT(*) FROM bench_rows WHERE payload LIKE '%p' HAVING COUNT(*) = ${ROWS}`;
const PAYLOAD = "p".repeat(PAYLOAD_BYTES);

interface DurableOperation extends Operation {
  /** Flushes that the answer to one operation waits for. */
  readonly syncs: number;
}

/** A commit waits for the redo log and then, if it is on, for the binary log. */
function withDurability(operation: Operation, { durability, binaryLog }: CommitOptions): DurableOperation {
  if (operation.effect !== "durable write") return { ...operation, syncs: 0 };
  if (durability === "full") return { ...operation, syncs: binaryLog ? 2 : 1 };
  return { ...operation, title: `${operation.title} (on disk within a second)`, effect: "volatile write", syncs: 0 };
}

async function openPing(target: Target): Promise<RoundTrip> {
  const client = await openClient(target, "bench", BENCH_DATABASE);
  return { trip: () => client.ping(), close: () => client.close() };
}

function scenarioOf(target: Target, operation: DurableOperation, { durability }: CommitOptions): Scenario {
  const { name, title, effect, smoke, roundTrips = 1, syncs, parameters = {} } = operation;
  return {
    name: `mysql/${name}`,
    title,
    effect,
    smoke,
    clients: CLIENTS,
    cost: { roundTrips, syncs },
    parameters: { rows: ROWS, payloadBytes: PAYLOAD_BYTES, protocol: "prepared statements", durability, ...parameters },
    open: async (clients) => {
      const opened = await openAll(target, clients);
      const turns = opened.map(() => 0);
      const close = async (): Promise<void> => {
        await Promise.all(opened.map((client) => client.close()));
      };
      try {
        await Promise.all(opened.map(async (client, index) => operation.prepare?.(client, index)));
      } catch (error) {
        await close();
        throw error;
      }
      return {
        operation: async (index) => {
          const client = opened[index];
          if (!client) throw new Error(`mysql/${name} was opened for ${clients} clients, not for client ${index}`);
          const turn = turns[index] ?? 0;
          turns[index] = turn + 1;
          await operation.run(client, index, turn);
        },
        close,
      };
    },
  };
}

async function openAll(target: Target, count: number): Promise<readonly Client[]> {
  const opening = await Promise.allSettled(
    Array.from({ length: count }, () => openClient(target, "bench", BENCH_DATABASE)),
  );
  const opened = opening.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = opening.find((one) => one.status === "rejected");
  if (!failed) return opened;
  await Promise.all(opened.map((client) => client.close()));
  throw failed.reason;
}

/** Returns keys of the data set in a different order for each client: both steps are coprime to the number of rows. */
function keyOf(index: number, turn: number): number {
  return ((index * 7_919 + turn * 3_571) % ROWS) + 1;
}

function expectRows(found: number, expected: number): void {
  if (found !== expected) throw new Error(`MySQL answered ${found} rows where ${expected} were expected`);
}

/**
 * InnoDB otherwise computes a table's statistics anew about ten seconds after a tenth of its rows changed: thousands of
 * page requests at a moment that falls into one scenario or another (MySQL 8.4 manual, "Configuring Persistent Optimizer
 * Statistics Parameters").
 */
const ON_REQUEST = "STATS_PERSISTENT=1 STATS_AUTO_RECALC=0";

async function setup(client: Client): Promise<void> {
  await dropTables(client);
  const columns = "value INT NOT NULL, payload VARCHAR(255) NOT NULL";
  const create = (table: string, definition: string) =>
    client.run(`CREATE TABLE ${table} (${definition}) ${ON_REQUEST}`);
  await create("bench_rows", `id INT PRIMARY KEY, ${columns}`);
  await create("bench_inserts", `id BIGINT PRIMARY KEY AUTO_INCREMENT, ${columns}`);
  await create("bench_stock", "id INT PRIMARY KEY, value INT NOT NULL");
  await create("bench_transactions", `id INT PRIMARY KEY, ${columns}`);
  await create("bench_updates", `id INT PRIMARY KEY, ${columns}, KEY (value)`);
  for (let first = 1; first <= ROWS; first += BATCH) {
    const rows = Array.from({ length: BATCH }, (_, offset) => [first + offset, offset, PAYLOAD]);
    await client.run("INSERT INTO bench_rows (id, value, payload) VALUES ?", [rows], SETUP_DEADLINE_MS);
  }
  await client.run("INSERT INTO bench_updates SELECT * FROM bench_rows", [], SETUP_DEADLINE_MS);
  // Without this the first scans would use the statistics of an empty table.
  await client.run("ANALYZE TABLE bench_rows, bench_updates", [], SETUP_DEADLINE_MS);
}

async function restock(client: Client, index: number): Promise<void> {
  const rows = Array.from({ length: STOCK }, (_, offset) => [index * STOCK + offset, offset]);
  await client.run("REPLACE INTO bench_stock (id, value) VALUES ?", [rows], SETUP_DEADLINE_MS);
}

async function dropTables(client: Client): Promise<void> {
  for (const table of TABLES)
    await client.run(`DROP TABLE IF EXISTS ${BENCH_DATABASE}.${table}`, [], SETUP_DEADLINE_MS);
}

const VARIABLE = z.object({ name: z.string(), value: z.string() });

async function fingerprint(client: Client): Promise<Readonly<Record<string, string>>> {
  const names = [
    "version",
    "innodb_flush_log_at_trx_commit",
    "sync_binlog",
    "innodb_flush_method",
    "innodb_doublewrite",
    "log_bin",
  ];
  const rows = await client.rows(
    VARIABLE,
    "SELECT variable_name AS name, variable_value AS value FROM performance_schema.global_variables WHERE variable_name IN (?)",
    [names],
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

function asBench<T>(target: Target, work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(target, "bench", BENCH_DATABASE, work);
}
