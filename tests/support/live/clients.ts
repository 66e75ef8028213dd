/** Clients of a stack's servers that share nothing with those of the project but the driver. */
import { readFile, readdir } from "node:fs/promises";
import { Redis } from "ioredis";
import { Client } from "pg";
import type { Stack } from "./stack.ts";

const CONNECT_DEADLINE_MS = 10_000;

/** The generated password of "<service>.<name>". */
export async function passwordOf(stack: Pick<Stack, "file" | "offset">, id: string): Promise<string> {
  return (await readFile(stack.file("secrets", id), "utf8")).trim();
}

/** The ids of all generated passwords; certificates are in folders beside them. */
export async function passwordIds(stack: Pick<Stack, "file">): Promise<readonly string[]> {
  const entries = await readdir(stack.file("secrets"), { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

export interface SqlOptions {
  readonly port?: number;
  readonly user?: string;
  readonly database?: string;
  /** "<service>.<name>" */
  readonly credential?: string;
}

/** Rows of one statement, as the superuser of PostgreSQL where nothing else is asked for. */
export async function sql(
  stack: Pick<Stack, "file" | "offset">,
  statement: string,
  { port = 5432, user = "postgres", database = "postgres", credential = "postgres.admin" }: SqlOptions = {},
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({
    host: "127.0.0.1",
    port: port + stack.offset,
    user,
    database,
    password: await passwordOf(stack, credential),
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
  });
  await client.connect();
  try {
    const { rows }: { readonly rows: readonly Readonly<Record<string, unknown>>[] } = await client.query(statement);
    return rows;
  } finally {
    await client.end();
  }
}

/** Sends one command to a node, the first where no other is asked for, as its administrator. */
export async function redisCommand(
  stack: Pick<Stack, "file" | "offset">,
  command: readonly [string, ...string[]],
  node = 0,
): Promise<unknown> {
  const client = new Redis({
    host: "127.0.0.1",
    port: 6379 + stack.offset + node,
    username: "admin",
    password: await passwordOf(stack, "redis.admin"),
    connectTimeout: CONNECT_DEADLINE_MS,
    maxRetriesPerRequest: 0,
    lazyConnect: true,
  });
  await client.connect();
  try {
    const [name, ...rest] = command;
    return await client.call(name, ...rest);
  } finally {
    client.disconnect();
  }
}
