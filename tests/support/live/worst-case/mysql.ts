/** Drives MySQL to its worst case: every session sorts and joins, beside spilled joins, temporary tables and a packet. */
import { createConnection, type Connection } from "mysql2/promise";
import type { Server } from "../server.ts";
import { sizeOf } from "./settings.ts";

const ROW = 1000;
/** Rows of this size in a hash table, with their keys. */
const HASHED_ROW = 2500;
const ROUNDS = 4;
const CONNECT_DEADLINE_MS = 30_000;
/** Packets have a header and a statement around the value, which is spelled with two digits for each byte. */
const AROUND_PACKET = 64 * 1024;

export async function driveMysql(server: Server): Promise<void> {
  const of = (name: string) => sizeOf(server.settings, name);
  const first = await connected(server);
  await first.query("create table rows_of (g int primary key, s varchar(1000) not null, b longblob)");
  await first.query("set session cte_max_recursion_depth = 10000000");
  // More than the buffer pool holds.
  const many = Math.ceil((1.1 * of("innodb_buffer_pool_size")) / ROW);
  const numbers = `with recursive n (g) as (select 1 union all select g + 1 from n where g < ${many})`;
  await first.query(`insert into rows_of (g, s) ${numbers} select g, repeat(sha2(g, 256), 14) from n`);
  await first.query("analyze table rows_of");
  const buffer = Math.max(of("sort_buffer_size"), of("join_buffer_size"));
  const [fitting, spilling] = [Math.floor(buffer / HASHED_ROW), Math.ceil((4 * buffer) / ROW)].map(joins);
  const temporary = `select count(*) from (
    select g, max(s) from rows_of where g <= ${Math.ceil((1.2 * of("tmp_table_size")) / ROW)} group by g, s
  ) grouped`;
  const packet = Buffer.alloc((of("max_allowed_packet") - AROUND_PACKET) / 2, 120);
  const clients = [first];
  try {
    while (clients.length < of("max_connections")) clients.push(await connected(server));
    await Promise.all(
      clients.map(async (client, at) => {
        const spills = at < Math.ceil(server.input.share.cpus);
        for (let round = 0; round < ROUNDS; round += 1) {
          if (at < 2) await client.query(temporary);
          await client.query((spills ? spilling : fitting) ?? "");
        }
        if (at === 0) await client.query("update rows_of set b = ? where g = 1", [packet]);
      }),
    );
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}

/** Two hash joins without an index, and a sort of what they give. */
function joins(rows: number): string {
  return `select count(*) from (
    select a.s from rows_of a
    join rows_of b on reverse(a.s) = reverse(b.s)
    join rows_of c on upper(b.s) = upper(c.s)
    where a.g <= ${rows} and b.g <= ${rows} and c.g <= ${rows}
    order by concat(a.s, b.s, c.s) limit 100000) sorted`;
}

async function connected({ target }: Server): Promise<Connection> {
  const { user, password } = target.credentials("mysql", "app");
  const where = { host: "127.0.0.1", port: target.port("sql"), database: "app" };
  return createConnection({ ...where, user, password, connectTimeout: CONNECT_DEADLINE_MS });
}
