/** The measured operations: the rows of the performance document, as prepared statements. */
import type { Client } from "pg";
import type { Effect } from "../../core/scenario.ts";
import { createTpcb, JOIN_ROWS, PAYLOAD_BYTES, ROWS, tables, TPCB_ACCOUNTS, TPCB_SCALE } from "./bench-data.ts";

export interface Operation {
  readonly name: string;
  readonly title: string;
  readonly effect: Effect;
  readonly smoke?: true;
  readonly clients?: number;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** Data that only this operation needs, made when it is opened for the first time. */
  readonly data?: (client: Client) => Promise<void>;
  /** Called once a client; answers its operation, which never overlaps with itself. */
  start(): (client: Client) => Promise<void>;
}

/** Rows that the delete scenario makes at once for a client: one operation in so many also refills. */
const STOCK = 2_000;

const PAYLOAD = "x".repeat(PAYLOAD_BYTES);
const ROW = { rows: ROWS, payloadBytes: PAYLOAD_BYTES } as const;
const DURABLE_ROW = { ...ROW, synchronousCommit: "on" } as const;

/** All operations on the tables of one schema. */
export function operations(schema: string): readonly Operation[] {
  return [...reads(schema), ...writes(schema), transaction(schema), tpcb(schema)];
}

function reads(schema: string): readonly Operation[] {
  const { read, scanned, left, right } = tables(schema);
  const select = prepared("select", `select id, payload from ${read} where id = $1`);
  const scan = prepared("scan", `select count(*) from ${scanned} where payload like '%' || $1`);
  const join = prepared(
    "join",
    `select sum(a.number * b.number) from ${left} a join ${right} b on b.left_id = a.id where a.number >= $1`,
  );
  return [
    {
      name: "select-by-key",
      title: "select one row by primary key",
      effect: "read",
      smoke: true,
      parameters: ROW,
      start: () => (client) => one(select(client, [anyOf(ROWS)])),
    },
    {
      name: "full-scan",
      title: `read ${ROWS} rows without an index`,
      effect: "read",
      parameters: ROW,
      start: () => (client) => one(scan(client, ["no such end"])),
    },
    {
      name: "join",
      title: `join two tables of ${JOIN_ROWS} rows`,
      effect: "read",
      parameters: { rows: JOIN_ROWS },
      start: () => (client) => one(join(client, [0])),
    },
  ];
}

function writes(schema: string): readonly Operation[] {
  const { inserted, updated, deleted } = tables(schema);
  const insert = prepared("insert", `insert into ${inserted} (payload) values ($1)`);
  const update = prepared("update", `update ${updated} set number = number + 1 where id = $1`);
  const remove = prepared("delete", `delete from ${deleted} where id = $1`);
  const refill = prepared(
    "refill",
    `insert into ${deleted} (payload) select $1 from generate_series(1, $2::int) returning id`,
  );
  return [
    {
      name: "insert",
      title: "insert one row and commit it to disk",
      effect: "durable write",
      smoke: true,
      parameters: DURABLE_ROW,
      start: () => (client) => one(insert(client, [PAYLOAD])),
    },
    {
      name: "update",
      title: "update an indexed column of one row",
      effect: "durable write",
      parameters: DURABLE_ROW,
      start: () => (client) => one(update(client, [anyOf(ROWS)])),
    },
    {
      name: "delete",
      title: "delete one row by primary key",
      effect: "durable write",
      parameters: { ...DURABLE_ROW, refillEvery: STOCK },
      start: () => {
        let ids: unknown[] = [];
        return async (client) => {
          if (ids.length === 0) ids = (await refill(client, [PAYLOAD, STOCK])).rows.map(idOf);
          await one(remove(client, [ids.pop()]));
        };
      },
    },
  ];
}

function transaction(schema: string): Operation {
  const { read, inserted, updated } = tables(schema);
  const insert = prepared("insert-id", `insert into ${inserted} (payload) values ($1) returning id`);
  const select = prepared("select", `select id, payload from ${read} where id = $1`);
  const update = prepared("update", `update ${updated} set number = number + 1 where id = $1`);
  const remove = prepared("remove", `delete from ${inserted} where id = $1`);
  return {
    name: "transaction",
    title: "a transaction of five statements: insert, select, update, select, delete",
    effect: "durable write",
    parameters: DURABLE_ROW,
    start: () => (client) =>
      inTransaction(client, async () => {
        const answer = await insert(client, [PAYLOAD]);
        await one(select(client, [anyOf(ROWS)]));
        await one(update(client, [anyOf(ROWS)]));
        await one(select(client, [anyOf(ROWS)]));
        await one(remove(client, answer.rows.map(idOf)));
      }),
  };
}

/** pgbench's built-in script, tables and row counts. As many branches as clients: fewer would measure one row's lock. */
function tpcb(schema: string): Operation {
  const { accounts, tellers, branches, history } = tables(schema);
  const update = prepared("account", `update ${accounts} set abalance = abalance + $1 where aid = $2`);
  const select = prepared("balance", `select abalance from ${accounts} where aid = $1`);
  const teller = prepared("teller", `update ${tellers} set tbalance = tbalance + $1 where tid = $2`);
  const branch = prepared("branch", `update ${branches} set bbalance = bbalance + $1 where bid = $2`);
  const record = prepared(
    "history",
    `insert into ${history} (tid, bid, aid, delta, mtime) values ($1, $2, $3, $4, now())`,
  );
  return {
    name: "tpc-b",
    title: "pgbench's TPC-B like transaction",
    effect: "durable write",
    clients: TPCB_SCALE,
    parameters: { scale: TPCB_SCALE, accounts: TPCB_ACCOUNTS, synchronousCommit: "on" },
    data: (client) => createTpcb(client, schema),
    start: () => (client) => {
      const [aid, tid, bid] = [anyOf(TPCB_ACCOUNTS * TPCB_SCALE), anyOf(10 * TPCB_SCALE), anyOf(TPCB_SCALE)];
      const delta = anyOf(10_001) - 5_001;
      return inTransaction(client, async () => {
        await one(update(client, [delta, aid]));
        await one(select(client, [aid]));
        await one(teller(client, [delta, tid]));
        await one(branch(client, [delta, bid]));
        await one(record(client, [tid, bid, aid, delta]));
      });
    },
  };
}

/** Parsed by the server once a connection, then executed by name. */
function prepared(name: string, text: string) {
  return (client: Client, values: readonly unknown[]) =>
    client.query<Record<string, unknown>>({ name, text, values: [...values] });
}

/** An operation that touched no row, or two, measured something else. */
async function one(answer: Promise<{ readonly rowCount: number | null }>): Promise<void> {
  const { rowCount } = await answer;
  if (rowCount !== 1) throw new Error(`the statement touched ${rowCount ?? 0} rows, not 1`);
}

async function inTransaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query("begin");
  try {
    await work();
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

function idOf(row: Readonly<Record<string, unknown>>): unknown {
  return row["id"];
}

/** A whole number from 1 to `count`. */
function anyOf(count: number): number {
  return 1 + Math.floor(Math.random() * count);
}
