/** Tables of the benchmarks: created once, in a schema that is dropped as a whole. */
import type { Client } from "pg";
import { z } from "zod";
import { rows } from "./client.ts";

export const ROWS = 10_000;
export const JOIN_ROWS = 1_000;
export const PAYLOAD_BYTES = 100;
/** pgbench's scale: one branch, ten tellers and 100,000 accounts each. */
export const TPCB_SCALE = 10;
export const TPCB_ACCOUNTS = 100_000;

/** Returns the qualified table names by use: a search_path does not survive between transactions of a pool. */
export function tables(schema: string) {
  const table = (name: string): string => `${schema}.${name}`;
  return {
    read: table("read_rows"),
    inserted: table("inserted_rows"),
    updated: table("updated_rows"),
    deleted: table("deleted_rows"),
    scanned: table("scanned_rows"),
    left: table("join_left"),
    right: table("join_right"),
    accounts: table("pgbench_accounts"),
    tellers: table("pgbench_tellers"),
    branches: table("pgbench_branches"),
    history: table("pgbench_history"),
  };
}

/**
 * Removes what a killed run left, then creates the tables. In one transaction, so that a killed setup leaves nothing.
 */
export async function createData(client: Client, schema: string): Promise<void> {
  const t = tables(schema);
  const payload = `repeat('x', ${PAYLOAD_BYTES})`;
  await client.query(`
    begin;
    set local client_min_messages = warning;
    drop schema if exists ${schema} cascade;
    create schema ${schema};
    create table ${t.read} (id int primary key, payload text not null);
    insert into ${t.read} select id, ${payload} from generate_series(1, ${ROWS}) id;
    create table ${t.inserted} (id bigint generated always as identity primary key, payload text not null);
    create table ${t.deleted} (id bigint generated always as identity primary key, payload text not null);
    create table ${t.updated} (id int primary key, number int not null, payload text not null);
    insert into ${t.updated} select id, id, ${payload} from generate_series(1, ${ROWS}) id;
    create index on ${t.updated} (number);
    create table ${t.scanned} (id int not null, payload text not null);
    insert into ${t.scanned} select id, ${payload} from generate_series(1, ${ROWS}) id;
    create table ${t.left} (id int primary key, number int not null);
    insert into ${t.left} select id, id from generate_series(1, ${JOIN_ROWS}) id;
    create table ${t.right} (id int primary key, left_id int not null references ${t.left}, number int not null);
    insert into ${t.right} select id, id, id from generate_series(1, ${JOIN_ROWS}) id;
    create index on ${t.right} (left_id);
    commit`);
  // Updates visibility and statistics now, so that autovacuum does not do it during a measurement.
  for (const table of [t.read, t.updated, t.scanned, t.left, t.right]) await client.query(`vacuum (analyze) ${table}`);
}

/**
 * Creates the tables of `pgbench --initialize`, unless they exist. They take 130 MB, so only the scenario that needs
 * them creates them.
 */
export async function createTpcb(client: Client, schema: string): Promise<void> {
  const t = tables(schema);
  const Found = z.object({ found: z.boolean() });
  const [answer] = await rows(client, Found, "select to_regclass($1) is not null as found", [t.accounts]);
  if (answer?.found) return;
  await client.query(`
    begin;
    create table ${t.branches} (bid int primary key, bbalance int not null, filler char(88)) with (fillfactor = 100);
    insert into ${t.branches} select bid, 0 from generate_series(1, ${TPCB_SCALE}) bid;
    create table ${t.tellers} (tid int primary key, bid int not null, tbalance int not null, filler char(84));
    insert into ${t.tellers} select tid, (tid - 1) / 10 + 1, 0 from generate_series(1, ${10 * TPCB_SCALE}) tid;
    create table ${t.history} (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
    create table ${t.accounts} (aid int not null, bid int not null, abalance int not null, filler char(84));
    insert into ${t.accounts}
      select aid, (aid - 1) / ${TPCB_ACCOUNTS} + 1, 0, '' from generate_series(1, ${TPCB_SCALE * TPCB_ACCOUNTS}) aid;
    alter table ${t.accounts} add primary key (aid);
    commit`);
  for (const table of [t.branches, t.tellers, t.accounts]) await client.query(`vacuum (analyze) ${table}`);
}

export async function dropData(client: Client, schema: string): Promise<void> {
  await client.query(`begin; set local client_min_messages = warning; drop schema if exists ${schema} cascade; commit`);
}

/** Resolves the version, and what the speed of a commit depends on, as a benchmark session has it. */
export async function fingerprint(client: Client): Promise<Readonly<Record<string, string>>> {
  const Row = z.object({ name: z.string(), setting: z.string() });
  const found = await rows(client, Row, "select name, setting from pg_settings where name = any($1) order by name", [
    FINGERPRINT,
  ]);
  return Object.fromEntries(found.map(({ name, setting }) => [name, setting]));
}

const FINGERPRINT = [
  "server_version",
  "fsync",
  "synchronous_commit",
  "full_page_writes",
  "wal_sync_method",
  "wal_level",
  "data_checksums",
  "io_method",
  "jit",
];
