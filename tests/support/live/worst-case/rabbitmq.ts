/**
 * Drives RabbitMQ to its worst case: consumers that read nothing of a long classic queue, then publishers of queues that
 * nobody reads, until the node blocks them.
 */
import { once } from "node:events";
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Channel, type ChannelModel } from "amqplib";
import { z } from "zod";
import type { Server } from "../server.ts";

const BACKLOG = 300_000;
const CONSUMERS = 3;
const STALLED_MS = 5_000;
const CLOSE_MS = 1_000;

const LARGE = Buffer.alloc(64 * 1024, 120);
/** Fills the log and the page cache. */
const LARGE_MS = 10_000;
const LARGE_QUEUES = ["quorum", "classic"] as const;

/** A quorum queue keeps the place of each message in memory, however short it is. */
const SMALL = Buffer.alloc(100, 120);
const SMALL_QUEUES = ["quorum", "quorum", "quorum"] as const;
/** Publishing ends here if the node has not blocked until then. */
const MOST_MS = 180_000;
/** After it blocked the first time, until its log is full too. */
const BLOCKED_MS = 3_000;

export async function driveRabbitmq(server: Server, vhost: string): Promise<void> {
  const { user: username, password } = server.target.credentials("rabbitmq", "app");
  const open = async () => {
    const port = server.target.port("amqp");
    const connection = await connect({ hostname: "127.0.0.1", port, username, password, vhost });
    connection.on("error", () => undefined);
    return connection;
  };
  await stall(open);
  await publish(open, { name: "large", queues: LARGE_QUEUES, content: LARGE, mostMs: LARGE_MS });
  await publish(open, { name: "small", queues: SMALL_QUEUES, content: SMALL, mostMs: MOST_MS });
}

type Open = () => Promise<ChannelModel>;

/** amqplib keeps the socket of a connection there, and has no way to stop reading. */
const STREAM = z.object({ connection: z.object({ stream: z.instanceof(Socket) }) });

/** Consumers without a limit of their own, as a client's first example has them, whose program hangs. */
async function stall(open: Open): Promise<void> {
  const publisher = await open();
  const isBlocked = once(publisher, "blocked").catch(() => undefined);
  // A node that blocks its publishers has reached what this is for, and answers this one no more.
  await Promise.race([fill(publisher), isBlocked]);
  const stalled: Socket[] = [];
  for (let at = 0; at < CONSUMERS; at += 1) {
    const consumer = await open();
    const { stream } = STREAM.parse(consumer).connection;
    await (await consumer.createChannel()).consume("backlog", () => undefined);
    stream.pause();
    stalled.push(stream);
  }
  await sleep(STALLED_MS);
  for (const stream of stalled) stream.destroy();
  const remover = await open();
  await (await remover.createChannel()).deleteQueue("backlog");
  await Promise.all([closed(remover), closed(publisher)]);
}

async function fill(publisher: ChannelModel): Promise<void> {
  const channel = await publisher.createConfirmChannel();
  channel.on("error", () => undefined);
  await channel.assertQueue("backlog", { durable: true, arguments: { "x-queue-type": "classic" } });
  const content = Buffer.alloc(1024, 120);
  for (let at = 0; at < BACKLOG; at += 1) {
    if (!channel.sendToQueue("backlog", content, { persistent: true })) await once(channel, "drain");
    if (at % 1000 === 0) await channel.waitForConfirms();
  }
  await channel.waitForConfirms();
}

/** A blocked connection does not answer the request to close it. */
async function closed(connection: ChannelModel): Promise<void> {
  await Promise.race([connection.close().catch(() => undefined), sleep(CLOSE_MS)]);
}

interface Published {
  readonly name: string;
  readonly queues: readonly ("quorum" | "classic")[];
  readonly content: Buffer;
  readonly mostMs: number;
}

/** Publishes until the node blocks the connection, `mostMs` at most. */
async function publish(open: Open, { name, queues, content, mostMs }: Published): Promise<void> {
  const connection = await open();
  const stop = new AbortController();
  const late = sleep(mostMs, undefined, { signal: stop.signal }).catch(() => undefined);
  const blocked = once(connection, "blocked", { signal: stop.signal }).catch(() => undefined);
  void Promise.race([late, blocked.then(() => sleep(BLOCKED_MS))]).then(() => stop.abort());
  const channels: Channel[] = [];
  for (const [at, kind] of queues.entries()) {
    const channel = await connection.createChannel();
    channel.on("error", () => undefined);
    await channel.assertQueue(`${name}-${at}`, { durable: true, arguments: { "x-queue-type": kind } });
    channels.push(channel);
  }
  // Only now: once the connection is blocked, it opens no channel.
  for (const [at, channel] of channels.entries()) {
    const queue = `${name}-${at}`;
    void (async () => {
      while (!stop.signal.aborted) {
        if (channel.sendToQueue(queue, content, { persistent: true })) await sleep(0);
        else await once(channel, "drain", { signal: stop.signal }).catch(() => undefined);
      }
    })();
  }
  if (!stop.signal.aborted) await once(stop.signal, "abort");
  await closed(connection);
}
