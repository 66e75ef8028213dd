/** Drives MySQL to its worst case: every session sorts and joins, beside temporary tables and the largest packets. */
import { createConnection, type Connection } from "mysql2/promise";
import type { Server } from "../server.ts";
import { sizeOf } from "./settings.ts";

const ROW = 1000;
const ROUNDS = 4;
const CONNECT_DEADLINE_MS = 30_000;
/** Packets have a header and a statement around the value. */
const AROUND_PACKET = 64 * 1024;

export async function driveMysql(server: Server): Promise<void> {
  const of = (name: string) => sizeOf(server.settings, name);
  const first = await connected(server);
  await first.query("create database worst");
  await first.query("create table worst.rows_of (g int primary key, s varchar(1000) not null, b longblob)");
  await first.query("set session cte_max_recursion_depth = 10000000");
  // More than the buffer pool holds.
  const many = Math.ceil((1.1 * of("innodb_buffer_pool_size")) / ROW);
  const numbers = `with recursive n (g) as (select 1 union all select g + 1 from n where g < ${many})`;
  await first.query(`insert into worst.rows_of (g, s) ${numbers} select g, repeat(md5(g), 28) from n`);
  const buffer = Math.max(of("sort_buffer_size"), of("join_buffer_size"));
  const rows = Math.ceil((4 * buffer) / ROW);
  // Two hash joins without an index, and a sort of what they give.
  const work = `select count(*) from (
    select a.s from worst.rows_of a
    join worst.rows_of b on reverse(a.s) = reverse(b.s)
    join worst.rows_of c on upper(b.s) = upper(c.s)
    where a.g <= ${rows} and b.g <= ${rows} and c.g <= ${rows}
    order by concat(a.s, b.s, c.s) limit 100000) sorted`;
  const temporary = `select count(*) from (
    select g, max(s) from worst.rows_of where g <= ${Math.ceil((1.2 * of("tmp_table_size")) / ROW)} group by g, s
  ) grouped`;
  const packet = Buffer.alloc(of("max_allowed_packet") - AROUND_PACKET, 120);
  const clients: Connection[] = [];
  try {
    for (let at = 0; at < of("max_connections"); at += 1) clients.push(await connected(server));
    await Promise.all(
      clients.map(async (client, at) => {
        for (let round = 0; round < ROUNDS; round += 1) {
          if (at < 2) await client.query(temporary);
          await client.query(work);
        }
        if (at === 0) await client.query("update worst.rows_of set b = ? where g = 1", [packet]);
      }),
    );
  } finally {
    await Promise.all([first, ...clients].map((client) => client.end().catch(() => undefined)));
  }
}

async function connected({ target }: Server): Promise<Connection> {
  const { user, password } = target.credentials("mysql", "admin");
  const port = target.port("sql");
  return createConnection({ host: "127.0.0.1", port, user, password, connectTimeout: CONNECT_DEADLINE_MS });
}
