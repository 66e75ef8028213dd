/** Drives one node of Redis to its worst case: full, while a slow disk takes the log and every key is written again. */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Server } from "../server.ts";
import { sizeOf } from "./settings.ts";

const VALUE = 1000;
const BATCH = 500;
/** With less free than this, a full node refuses what overwrites its keys. */
const FREED = 0.05;
/** How long the child process holds its copies: longer than all keys take to be written again. */
const REWRITE_MS = 20_000;
const READ_AGAIN = 400;

export async function driveRedis(server: Server): Promise<void> {
  const port = server.target.port("redis");
  const { user: username, password } = server.target.credentials("redis", "admin");
  const client = new Redis({ port, username, password, retryStrategy: null, lazyConnect: true });
  client.on("error", () => undefined);
  await client.connect();
  const readers: Socket[] = [];
  try {
    await client.config("SET", "auto-aof-rewrite-percentage", 0);
    const keys = await fill(client);
    const kept = Math.floor((1 - FREED) * keys);
    for (let at = kept; at < keys; at += BATCH) await remove(client, at, Math.min(keys, at + BATCH));
    await client.config("SET", "rdb-key-save-delay", Math.ceil((1000 * REWRITE_MS) / kept));
    await client.bgrewriteaof();
    for (let at = 0; at < kept; at += BATCH) await write(client, at, Math.min(kept, at + BATCH), 1);
    // Clients that ask and never read: their replies wait in the server.
    const sum = sizeOf(server.settings, "maxmemory-clients");
    for (let at = 0; at < sum / (READ_AGAIN * VALUE) + 1; at += 1) readers.push(slowReader(port, username, password));
    await eventuallyWritten(client);
  } finally {
    for (const reader of readers) reader.destroy();
    client.disconnect();
  }
}

/** Resolves with the number of keys after the first one that the node refuses. */
async function fill(client: Redis): Promise<number> {
  for (let at = 0; ; at += BATCH) {
    if (!(await write(client, at, at + BATCH, 0))) return at;
  }
}

/** Resolves with whether all were taken. */
async function write(client: Redis, from: number, to: number, round: number): Promise<boolean> {
  const pipeline = client.pipeline();
  for (let at = from; at < to; at += 1) pipeline.set(`worst:${at}`, String(round % 10).repeat(VALUE));
  const answers = (await pipeline.exec()) ?? [];
  return answers.every(([error]) => error === null);
}

async function remove(client: Redis, from: number, to: number): Promise<void> {
  await client.unlink(Array.from({ length: to - from }, (_, at) => `worst:${from + at}`));
}

function slowReader(port: number, user: string, password: string): Socket {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => undefined);
  socket.pause();
  socket.write(command("AUTH", user, password));
  for (let at = 0; at < READ_AGAIN; at += 1) socket.write(command("GET", `worst:${at}`));
  return socket;
}

/** One command in Redis's protocol. */
function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

async function eventuallyWritten(client: Redis): Promise<void> {
  while (/^(aof_rewrite|rdb_bgsave)_in_progress:1/m.test(await client.info("persistence"))) await sleep(50);
}
