/** Drives one node of Redis to its worst case: full, while the log is rewritten and every key is written again. */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Server } from "../server.ts";
import { sizeOf } from "./settings.ts";

const VALUE = 1000;
const BATCH = 500;
const REWRITES = 3;
const READ_AGAIN = 400;

export async function driveRedis(server: Server): Promise<void> {
  const port = server.target.port("redis");
  const { user: username, password } = server.target.credentials("redis", "admin");
  const client = new Redis({ port, username, password, retryStrategy: null, lazyConnect: true });
  client.on("error", () => undefined);
  await client.connect();
  const readers: Socket[] = [];
  try {
    const keys = await fill(client);
    // Clients that ask and never read: their replies wait in the server.
    const sum = sizeOf(server.settings, "maxmemory-clients");
    for (let at = 0; at < sum / (READ_AGAIN * VALUE) + 1; at += 1) readers.push(slowReader(port, username, password));
    for (let round = 0; round < REWRITES; round += 1) {
      await client.bgrewriteaof().catch(() => undefined);
      for (let at = 0; at < keys; at += BATCH) await write(client, at, Math.min(keys, at + BATCH), round);
      await eventuallyWritten(client);
    }
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
