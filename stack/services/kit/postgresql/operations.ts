/** The measured operations: the rows of the performance document, as prepared statements. */
import type { Client } from "pg";
import type { Cost, Effect } from "../../../core/service/scenario.ts";
import { createTpcb, JOIN_ROWS, PAYLOAD_BYTES, ROWS, tables, TPCB_ACCOUNTS, TPCB_SCALE } from "./bench-data.ts";

export interface Operation {
  readonly name: string;
  readonly title: string;
  readonly effect: Effect;
  readonly smoke?: true;
  readonly clients?: number;
  readonly cost: Cost;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** Creates data that only this operation needs. */
  readonly data?: (client: Client) => Promise<void>;
  /** The same statements as a pgbench script; absent if pgbench cannot express them. */
  readonly script?: string;
  /** Client counts for which the load loop is compared with pgbench. */
  readonly comparedAt?: readonly number[];
  /** Called once per client; returns its operation, whose calls never overlap. */
  start(): (client: Client) => Promise<void>;
}

/** Statements are prepared, so each takes one round trip. A commit waits for the log, a read waits for nothing. */
const READ: Cost = { roundTrips: 1, syncs: 0 };
const COMMIT: Cost = { roundTrips: 1, syncs: 1 };
/** Five statements between BEGIN and COMMIT; only COMMIT waits for the disk. */
const FIVE_AND_COMMIT: Cost = { roundTrips: 7, syncs: 1 };

/** Rows that the delete scenario inserts at once for a client: one in this many operations also refills. */
const STOCK = 2_000;

/** pgbench's variable `:payload`. */
export const PAYLOAD = "x".repeat(PAYLOAD_BYTES);
const ROW = { rows: ROWS, payloadBytes: PAYLOAD_BYTES } as const;
const DURABLE_ROW = { ...ROW, synchronousCommit: "on" } as const;

/** Returns all operations on the tables of one schema. */
export function operations(schema: string): readonly Operation[] {
  return [...reads(schema), ...writes(schema), deletion(schema), transaction(schema), tpcb(schema)];
}

function reads(schema: string): readonly Operation[] {
  const { read, scanned, left, right } = tables(schema);
  const select = `select id, payload from ${read} where id = :id`;
  // These two return a row only if every row of their tables was read.
  const scan = `select count(*) from ${scanned} where payload like '%x' having count(*) = ${ROWS}`;
  const joined = `from ${left} a join ${right} b on b.left_id = a.id where a.number >= :least`;
  const join = `select sum(a.number * b.number) ${joined} having count(*) = ${JOIN_ROWS}`;
  const send = { select: prepared("select", select), scan: prepared("scan", scan), join: prepared("join", join) };
  return [
    {
      name: "select-by-key",
      title: "select one row by primary key",
      effect: "read",
      cost: READ,
      smoke: true,
      comparedAt: [1, 5],
      parameters: ROW,
      script: script(anyOf("id", ROWS), select),
      start: () => (client) => one(send.select(client, [random(ROWS)])),
    },
    {
      name: "full-scan",
      title: `read ${ROWS} rows without an index`,
      effect: "read",
      cost: READ,
      parameters: ROW,
      script: script(scan),
      start: () => (client) => one(send.scan(client, [])),
    },
    {
      name: "join",
      title: `join two tables of ${JOIN_ROWS} rows`,
      effect: "read",
      cost: READ,
      parameters: { rows: JOIN_ROWS },
      script: script("\\set least 0", join),
      start: () => (client) => one(send.join(client, [0])),
    },
  ];
}

function writes(schema: string): readonly Operation[] {
  const { inserted, updated } = tables(schema);
  const insert = `insert into ${inserted} (payload) values (:payload)`;
  const update = `update ${updated} set number = number + 1 where id = :id`;
  const send = { insert: prepared("insert", insert), update: prepared("update", update) };
  return [
    {
      name: "insert",
      title: "insert one row and commit it to disk",
      effect: "durable write",
      cost: COMMIT,
      smoke: true,
      parameters: DURABLE_ROW,
      script: script(insert),
      start: () => (client) => one(send.insert(client, [PAYLOAD])),
    },
    {
      name: "update",
      title: "update an indexed column of one row",
      effect: "durable write",
      cost: COMMIT,
      parameters: DURABLE_ROW,
      script: script(anyOf("id", ROWS), update),
      start: () => (client) => one(send.update(client, [random(ROWS)])),
    },
  ];
}

function deletion(schema: string): Operation {
  const { deleted } = tables(schema);
  const remove = prepared("delete", `delete from ${deleted} where id = :id`);
  const rows = "select :payload from generate_series(1, :stock::int) returning id";
  const refill = prepared("refill", `insert into ${deleted} (payload) ${rows}`);
  return {
    name: "delete",
    title: "delete one row by primary key",
    effect: "durable write",
    cost: COMMIT,
    parameters: { ...DURABLE_ROW, refillEvery: STOCK },
    start: () => {
      let ids: unknown[] = [];
      return async (client) => {
        if (ids.length === 0) ids = (await refill(client, [PAYLOAD, STOCK])).rows.map(idOf);
        await one(remove(client, [ids.pop()]));
      };
    },
  };
}

function transaction(schema: string): Operation {
  const { read, inserted, updated } = tables(schema);
  const texts = {
    insert: `insert into ${inserted} (payload) values (:payload) returning id`,
    select: `select id, payload from ${read} where id = :key`,
    update: `update ${updated} set number = number + 1 where id = :other`,
    remove: `delete from ${inserted} where id = :id`,
  };
  const insert = prepared("insert-id", texts.insert);
  const select = prepared("select", texts.select);
  const update = prepared("update", texts.update);
  const remove = prepared("remove", texts.remove);
  return {
    name: "transaction",
    title: "a transaction of five statements: insert, select, update, select, delete",
    effect: "durable write",
    cost: FIVE_AND_COMMIT,
    parameters: DURABLE_ROW,
    script: script(
      anyOf("key", ROWS),
      anyOf("other", ROWS),
      "begin",
      `${texts.insert} \\gset`,
      texts.select,
      texts.update,
      texts.select,
      texts.remove,
      "commit",
    ),
    start: () => (client) =>
      inTransaction(client, async () => {
        const answer = await insert(client, [PAYLOAD]);
        await one(select(client, [random(ROWS)]));
        await one(update(client, [random(ROWS)]));
        await one(select(client, [random(ROWS)]));
        await one(remove(client, answer.rows.map(idOf)));
      }),
  };
}

const DELTA = 5_000;

/**
 * pgbench's built-in script, tables and row counts. There are as many branches as clients: with fewer, the lock of one
 * row would be measured.
 */
function tpcb(schema: string): Operation {
  const { accounts, tellers, branches, history } = tables(schema);
  const texts = {
    update: `update ${accounts} set abalance = abalance + :delta where aid = :aid`,
    select: `select abalance from ${accounts} where aid = :aid`,
    teller: `update ${tellers} set tbalance = tbalance + :delta where tid = :tid`,
    branch: `update ${branches} set bbalance = bbalance + :delta where bid = :bid`,
    record: `insert into ${history} (tid, bid, aid, delta, mtime) values (:tid, :bid, :aid, :delta, current_timestamp)`,
  };
  const update = prepared("account", texts.update);
  const select = prepared("balance", texts.select);
  const teller = prepared("teller", texts.teller);
  const branch = prepared("branch", texts.branch);
  const record = prepared("history", texts.record);
  const counts = { aid: TPCB_ACCOUNTS * TPCB_SCALE, tid: 10 * TPCB_SCALE, bid: TPCB_SCALE };
  return {
    name: "tpc-b",
    title: "pgbench's TPC-B like transaction",
    effect: "durable write",
    cost: FIVE_AND_COMMIT,
    clients: TPCB_SCALE,
    comparedAt: [TPCB_SCALE],
    parameters: { scale: TPCB_SCALE, accounts: TPCB_ACCOUNTS, synchronousCommit: "on" },
    data: (client) => createTpcb(client, schema),
    script: script(
      ...Object.entries(counts).map(([name, count]) => anyOf(name, count)),
      `\\set delta random(-${DELTA}, ${DELTA})`,
      "begin",
      ...Object.values(texts),
      "commit",
    ),
    start: () => (client) => {
      const [aid, tid, bid] = [random(counts.aid), random(counts.tid), random(counts.bid)];
      const delta = random(2 * DELTA + 1) - DELTA - 1;
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

/**
 * Joins lines of a pgbench script: its own commands begin with a backslash, which also ends a statement instead of a
 * semicolon.
 */
function script(...lines: readonly string[]): string {
  return lines.map((line) => (/^\\|\\gset$/.test(line) ? `${line}\n` : `${line};\n`)).join("");
}

function anyOf(name: string, count: number): string {
  return `\\set ${name} random(1, ${count})`;
}

/**
 * Prepares a statement once per connection, then executes it by name. `text` has pgbench's `:name` for each new value.
 */
function prepared(name: string, text: string) {
  const names: string[] = [];
  const numbered = text.replaceAll(/(?<!:):([a-z]+)/g, (_, found: string) => {
    if (!names.includes(found)) names.push(found);
    return `$${names.indexOf(found) + 1}`;
  });
  return (client: Client, values: readonly unknown[]) =>
    client.query<Record<string, unknown>>({ name, text: numbered, values: [...values] });
}

/** Throws unless exactly one row was touched: otherwise another operation was measured. */
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

/** Returns a whole number from 1 to `count`. */
function random(count: number): number {
  return 1 + Math.floor(Math.random() * count);
}
