/** Drives PostgreSQL to its worst case: every session sorts, hashes, keeps a temporary table and prepared statements. */
import { Client } from "pg";
import { LEAST_DIRECT, PREPARED_STATEMENTS } from "../../../../stack/services/kit/postgresql/connections.ts";
import { sizeOf } from "./settings.ts";
import type { Server } from "../server.ts";

/** A row of the table: a text of 1,000 bytes, with its header and number. */
const ROW = 1060;
/** Kept below the size, so that nothing is written to temporary files. */
const FILLED = 0.95;
const CONNECT_DEADLINE_MS = 30_000;

export async function drivePostgres(server: Server): Promise<void> {
  const of = (name: string) => sizeOf(server.settings, name);
  const sessions = of("max_connections") - of("superuser_reserved_connections") - 1;
  const most = rows(Math.max(of("shared_buffers"), 2 * of("work_mem")));
  const first = await connected(server);
  await first.query("create table worst (g int primary key, s text not null)");
  await first.query("alter table worst alter s set storage plain");
  await first.query(`insert into worst select g, repeat(md5(g::text), 31) from generate_series(1, ${most}) g`);
  await first.query("vacuum analyze worst");
  const clients: Client[] = [];
  try {
    for (let at = 0; at < sessions; at += 1) clients.push(await connected(server));
    await Promise.all(
      clients.map(async (client, at) => {
        await client.query("set max_parallel_workers_per_gather = 0; set enable_seqscan = off");
        await client.query(`create temp table own as select * from worst where g <= ${rows(of("temp_buffers"))}`);
        // Reads all of shared_buffers, so that the session has page tables for it.
        await client.query("select sum(length(s)) from worst where g > 0");
        if (at < of("max_connections") - LEAST_DIRECT) await prepare(client);
        await client.query("set enable_indexscan = off; set enable_seqscan = on; begin");
        await client.query(
          `declare sorted cursor for select s from worst where g <= ${rows(of("work_mem"))} order by reverse(s)`,
        );
        await client.query("fetch 1 from sorted");
        await client.query("set local enable_sort = off");
        await client.query(
          `declare hashed cursor for select g % ${most}, max(s) from worst where g <= ${rows(2 * of("work_mem"))} group by 1`,
        );
        await client.query("fetch 1 from hashed");
      }),
    );
    // An index build, while all of them hold what they have.
    await first.query("create index on worst (md5(s), g)");
    await Promise.all(clients.map((client) => client.query("commit")));
  } finally {
    await Promise.all([first, ...clients].map((client) => client.end().catch(() => undefined)));
  }
}

/** Statements with their plans, as the backends of a pool keep them for all clients. */
async function prepare(client: Client): Promise<void> {
  await client.query("set plan_cache_mode = force_generic_plan");
  for (let at = 0; at < PREPARED_STATEMENTS; at += 1) {
    const join = `select a.s, b.s from worst a join worst b on a.g = b.g + ${at} where a.g = $1`;
    await client.query(`prepare p${at} (int) as ${join}`);
    await client.query(`execute p${at} (1)`);
  }
}

function rows(size: number): number {
  return Math.max(1, Math.floor((FILLED * size) / ROW));
}

async function connected({ target }: Server): Promise<Client> {
  const { user, password } = target.credentials("postgres", "admin");
  const port = target.port("sql");
  const where = { host: "127.0.0.1", port, database: "postgres", connectionTimeoutMillis: CONNECT_DEADLINE_MS };
  const client = new Client({ ...where, user, password });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
