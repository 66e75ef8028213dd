/** Data as a user of the stack has it, in every service, under names that tempt a careless benchmark; and its digest. */
import { createHash } from "node:crypto";
import { connect } from "amqplib";
import { Cluster, Redis } from "ioredis";
import { createConnection } from "mysql2/promise";
import { z } from "zod";
import { passwordOf, sql } from "./clients.ts";
import type { Stack } from "./stack.ts";

const HOST = "127.0.0.1";
const NODES = [0, 1, 2] as const;
/** Tables of `pgbench --initialize`, and those of the benchmarks' own schema. */
const TABLES = ["public.pgbench_accounts", "public.pgbench_history", "bench_postgres.read_rows"];
const MYSQL_TABLES = ["bench_rows", "bench_inserts", "notes"];
/** Keys of redis-benchmark's own tests, and neighbours of the benchmarks' prefix. */
const KEYS = ["key:__rand_int__", "key:000000000001", "counter:__rand_int__", "mylist", "myset", "myhash", "myzset"];
const QUEUES = ["bench.classic", "bench.stock.0", "orders"];
const MESSAGES = 5;
/** What is below it belongs to the benchmarks. */
const BENCH_PREFIX = "plumbline:bench:";

/** Makes it: rows, keys on each node, and messages that wait. */
export async function plant(stack: Stack): Promise<void> {
  const app = { user: "app", database: "app", credential: "postgres.app" };
  await sql(stack, "create schema bench_postgres", app);
  for (const table of TABLES) {
    await sql(
      stack,
      `create table ${table} as select id, md5(id::text) as payload from generate_series(1, 500) id`,
      app,
    );
  }
  const mysql = await mysqlOf(stack);
  for (const table of MYSQL_TABLES) {
    await mysql.query(`CREATE TABLE app.${table} (id INT PRIMARY KEY, payload VARBINARY(64))`);
    await mysql.query(`INSERT INTO app.${table} VALUES (1, X'00FF10'), (2, 'two'), (3, RANDOM_BYTES(32))`);
  }
  await mysql.end();
  await plantKeys(stack);
  const broker = await brokerOf(stack);
  const channel = await broker.createConfirmChannel();
  for (const queue of QUEUES) {
    const type = queue === "orders" ? "quorum" : "classic";
    // Each digest delivers every message once more; by default a quorum queue drops one after 20 times.
    const limit = type === "quorum" ? { "x-delivery-limit": -1 } : {};
    await channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": type, ...limit } });
    for (let count = 0; count < MESSAGES; count += 1) {
      channel.sendToQueue(queue, Buffer.from([count, 0, 255]), { persistent: true, messageId: `${queue}-${count}` });
    }
  }
  await channel.waitForConfirms();
  await broker.close();
}

/** Touches one thing in each service, as a careless benchmark would; answers where the digest must show it. */
export async function spoil(stack: Stack): Promise<readonly string[]> {
  const app = { user: "app", database: "app", credential: "postgres.app" };
  await sql(stack, "update public.pgbench_history set payload = payload where id = 1", app);
  const mysql = await mysqlOf(stack);
  await mysql.query("UPDATE app.notes SET payload = X'00FF11' WHERE id = 1");
  await mysql.end();
  const node = await nodeOf(stack, 2);
  const key = await node.randomkey();
  await node.expire(key ?? "", 1000);
  node.disconnect();
  const broker = await brokerOf(stack);
  const channel = await broker.createChannel();
  await channel.get("orders", { noAck: true });
  await broker.close();
  return ["mysql: notes", "postgres: public.pgbench_history", "rabbitmq: orders", "redis-3"];
}

/** A hash of every byte, by where it is: equal before and after means that nobody touched it. */
export async function digest(stack: Stack): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  const record = (where: string, what: unknown) => {
    found[where] = createHash("sha256").update(JSON.stringify(what)).digest("hex");
  };
  const app = { user: "app", database: "app", credential: "postgres.app" };
  const objects = "select relnamespace::regnamespace::text, relname, relfilenode from pg_class where oid >= 16384";
  record("postgres: objects", await sql(stack, `${objects} order by 1, 2`, app));
  record("postgres: databases", await sql(stack, "select datname, datdba from pg_database order by 1"));
  record("postgres: roles", await sql(stack, "select rolname, rolconfig from pg_roles order by 1"));
  for (const table of TABLES) {
    // Where a row is and which transaction wrote it: also a change back and forth is one.
    record(`postgres: ${table}`, await sql(stack, `select ctid, xmin::text, t.* from ${table} t order by ctid`, app));
  }
  const mysql = await mysqlOf(stack);
  for (const table of MYSQL_TABLES) {
    record(`mysql: ${table}`, (await mysql.query(`SELECT id, HEX(payload) FROM app.${table} ORDER BY id`))[0]);
  }
  record("mysql: databases", (await mysql.query("SHOW DATABASES"))[0]);
  record("mysql: tables", (await mysql.query("SHOW TABLES IN app"))[0]);
  await mysql.end();
  for (const node of NODES) {
    const keys = (await keysOf(stack, node)).filter(([key]) => !key?.startsWith(BENCH_PREFIX));
    record(`redis-${node + 1}`, keys);
  }
  for (const queue of QUEUES) record(`rabbitmq: ${queue}`, await messagesOf(stack, queue));
  return found;
}

/** What the benchmarks have left, in words; the database, user and vhost of their own are there for good. */
export async function leftovers(stack: Stack): Promise<readonly string[]> {
  const inBench = { database: "plumbline_bench" };
  const schemas = "select nspname as name from pg_namespace where nspname not like 'pg\\_%'";
  const names = (await sql(stack, schemas, inBench)).map(({ name }) => String(name));
  const mysql = await mysqlOf(stack);
  const [tables] = await mysql.query("SHOW TABLES IN plumbline_bench");
  await mysql.end();
  const keys = await Promise.all(
    NODES.map(async (node) => (await keysOf(stack, node, `${BENCH_PREFIX}*`)).map(([key]) => `redis key ${key}`)),
  );
  const admin = await nodeOf(stack, 0);
  const users = await admin.acl("USERS");
  admin.disconnect();
  return [
    ...names.filter((name) => !["public", "information_schema"].includes(name)).map((name) => `schema ${name}`),
    ...(Array.isArray(tables) ? tables : []).map((row) => `mysql table ${JSON.stringify(row)}`),
    ...keys.flat(),
    ...users.filter((user) => !["admin", "app", "bench", "default"].includes(user)).map((user) => `redis user ${user}`),
    ...(await benchQueues(stack)).map((queue) => `queue ${queue}`),
  ];
}

async function mysqlOf(stack: Stack) {
  const password = await passwordOf(stack, "mysql.admin");
  return createConnection({ host: HOST, port: 3306 + stack.offset, user: "root", password });
}

async function brokerOf(stack: Stack) {
  const password = await passwordOf(stack, "rabbitmq.app");
  return connect({ hostname: HOST, port: 5672 + stack.offset, username: "app", password, vhost: "app" });
}

async function nodeOf(stack: Stack, node: number): Promise<Redis> {
  const password = await passwordOf(stack, "redis.admin");
  const client = new Redis({
    host: HOST,
    port: 6379 + stack.offset + node,
    username: "admin",
    password,
    lazyConnect: true,
  });
  await client.connect();
  return client;
}

async function plantKeys(stack: Stack): Promise<void> {
  const password = await passwordOf(stack, "redis.app");
  const cluster = new Cluster([{ host: HOST, port: 6379 + stack.offset }], {
    redisOptions: { username: "app", password },
  });
  for (const key of KEYS) await cluster.set(key, Buffer.from([1, 0, 255]));
  for (let count = 0; count < 30; count += 1) {
    await cluster.hset(`plumbline:benchmark:${count}`, { field: "mine", other: String(count) });
    await cluster.rpush(`plumbline:bench${count}`, "one", "two");
    await cluster.set(`session:${count}`, "mine", "EX", 86_400);
  }
  cluster.disconnect();
}

/** Keys of one node with their contents as Redis would write them to disk, and when they expire. */
async function keysOf(stack: Stack, node: number, pattern = "*"): Promise<readonly (readonly string[])[]> {
  const client = await nodeOf(stack, node);
  const keys: string[] = [];
  for await (const found of client.scanStream({ match: pattern, count: 1000 })) {
    if (Array.isArray(found)) keys.push(...found.map(String));
  }
  const dumped = [...new Set(keys)].toSorted().map(async (key) => {
    const content = (await client.dumpBuffer(key))?.toString("hex") ?? "";
    return [key, content, String(await client.call("PEXPIRETIME", key))];
  });
  const answer = await Promise.all(dumped);
  client.disconnect();
  return answer;
}

/** What the sender gave; the broker adds how often this digest has read the message. */
const PROPERTIES = z.object({ messageId: z.string(), deliveryMode: z.number() });

/** Reads without acknowledging: the broker takes them back when the connection ends. */
async function messagesOf(stack: Stack, queue: string): Promise<unknown> {
  const broker = await brokerOf(stack);
  const channel = await broker.createChannel();
  const found: unknown[] = [(await channel.checkQueue(queue)).consumerCount];
  for (;;) {
    const message = await channel.get(queue);
    if (!message) break;
    found.push([message.content.toString("hex"), PROPERTIES.parse(message.properties)]);
  }
  await broker.close();
  return found;
}

async function benchQueues(stack: Stack): Promise<readonly string[]> {
  const password = await passwordOf(stack, "rabbitmq.admin");
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`;
  const url = `http://${HOST}:${15_672 + stack.offset}/api/queues/plumbline_bench`;
  const queues: unknown = await (await fetch(url, { headers: { authorization } })).json();
  return Array.isArray(queues) ? queues.map(({ name }: { readonly name: unknown }) => String(name)) : ["unreadable"];
}
