/** What is measured of MySQL, on tables of a database of its own. */
import { z } from "zod";
import type { Bench, Effect, Scenario } from "../../core/scenario.ts";
import type { Target } from "../../core/service.ts";
import { openClient, withClient, type Client } from "./client.ts";
import { BENCH_DATABASE } from "./prepare.ts";

const ROWS = 10_000;
const PAYLOAD_BYTES = 100;
const CLIENTS = 5;
/** Rows that each client may delete before it has to insert new ones, which counts into that one operation. */
const STOCK = 2_000;
const SETUP_DEADLINE_MS = 60_000;
const BATCH = 1_000;

const TABLES = ["bench_rows", "bench_inserts", "bench_stock", "bench_transactions"] as const;

export function mysqlBench(target: Target): Bench {
  return {
    scenarios: OPERATIONS.map((operation) => scenarioOf(target, operation)),
    fingerprint: () => asBench(target, fingerprint),
    setup: () => asBench(target, setup),
    teardown: () => asBench(target, dropTables),
  };
}

/** What one client does. `turn` counts its operations from 0. */
interface Operation {
  readonly name: string;
  readonly title: string;
  readonly effect: Effect;
  readonly smoke: boolean;
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
      // No row has this payload, so what is measured is the scan, and not the transfer of rows.
      expectRows(await client.execute("SELECT id FROM bench_rows WHERE payload LIKE ?", ["%absent%"]), 0);
    },
  },
  {
    name: "update",
    title: "update one row by primary key and commit",
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
    title: "transaction of 5 operations: insert, select, update, update, delete",
    effect: "durable write",
    smoke: false,
    run: async (client, index, turn) => {
      const id = index + 1;
      await client.run("START TRANSACTION");
      await client.execute("INSERT INTO bench_transactions (id, value) VALUES (?, ?)", [id, turn]);
      expectRows(await client.execute(SELECT, [keyOf(index, turn)]), 1);
      await client.execute("UPDATE bench_transactions SET value = value + 1 WHERE id = ?", [id]);
      expectRows(await client.execute(UPDATE, [keyOf(index, turn)]), 1);
      await client.execute("DELETE FROM bench_transactions WHERE id = ?", [id]);
      await client.run("COMMIT");
    },
  },
];

const SELECT = "SELECT id, value, payload FROM bench_rows WHERE id = ?";
const UPDATE = "UPDATE bench_rows SET value = value + 1 WHERE id = ?";
const PAYLOAD = "p".repeat(PAYLOAD_BYTES);

function scenarioOf(target: Target, operation: Operation): Scenario {
  const { name, title, effect, smoke, parameters = {} } = operation;
  return {
    name: `mysql/${name}`,
    title,
    effect,
    smoke,
    clients: CLIENTS,
    parameters: { rows: ROWS, payloadBytes: PAYLOAD_BYTES, protocol: "prepared statements", ...parameters },
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

/** Keys of the data set in an order that no client shares with another: both steps are prime to the number of rows. */
function keyOf(index: number, turn: number): number {
  return ((index * 7_919 + turn * 3_571) % ROWS) + 1;
}

function expectRows(found: number, expected: number): void {
  if (found !== expected) throw new Error(`MySQL answered ${found} rows where ${expected} were expected`);
}

async function setup(client: Client): Promise<void> {
  await dropTables(client);
  const columns = "value INT NOT NULL, payload VARCHAR(255) NOT NULL";
  await client.run(`CREATE TABLE bench_rows (id INT PRIMARY KEY, ${columns})`);
  await client.run(`CREATE TABLE bench_inserts (id BIGINT PRIMARY KEY AUTO_INCREMENT, ${columns})`);
  await client.run("CREATE TABLE bench_stock (id INT PRIMARY KEY, value INT NOT NULL)");
  await client.run("CREATE TABLE bench_transactions (id INT PRIMARY KEY, value INT NOT NULL)");
  for (let first = 1; first <= ROWS; first += BATCH) {
    const rows = Array.from({ length: BATCH }, (_, offset) => [first + offset, offset, PAYLOAD]);
    await client.run("INSERT INTO bench_rows (id, value, payload) VALUES ?", [rows], SETUP_DEADLINE_MS);
  }
  // Without this the first scans would meet statistics of an empty table.
  await client.run("ANALYZE TABLE bench_rows", [], SETUP_DEADLINE_MS);
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
