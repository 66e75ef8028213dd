/** Drives RabbitMQ to its worst case: publishers of a quorum and a classic queue that nobody reads, until it blocks. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "amqplib";
import type { Server } from "../server.ts";

const MESSAGE = 64 * 1024;
const QUEUES = 4;
/** Publishing goes on for so long if the node writes to disk as fast as it is given messages. */
const MOST_MS = 20_000;
/** After it blocked the first time, until its log is full too. */
const BLOCKED_MS = 3_000;

export async function driveRabbitmq(server: Server, vhost: string): Promise<void> {
  const { user: username, password } = server.target.credentials("rabbitmq", "app");
  const port = server.target.port("amqp");
  const connection = await connect({ hostname: "127.0.0.1", port, username, password, vhost });
  connection.on("error", () => undefined);
  const stop = new AbortController();
  const late = sleep(MOST_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  const blocked = once(connection, "blocked", { signal: stop.signal }).catch(() => undefined);
  void Promise.race([late, blocked.then(() => sleep(BLOCKED_MS))]).then(() => stop.abort());
  const content = Buffer.alloc(MESSAGE, 120);
  for (let at = 0; at < QUEUES; at += 1) {
    const channel = await connection.createChannel();
    channel.on("error", () => undefined);
    const queue = `worst-${at}`;
    const kind = at % 2 === 0 ? "quorum" : "classic";
    await channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": kind } });
    void (async () => {
      while (!stop.signal.aborted) {
        if (channel.sendToQueue(queue, content, { persistent: true })) await sleep(0);
        else await once(channel, "drain", { signal: stop.signal }).catch(() => undefined);
      }
    })();
  }
  if (!stop.signal.aborted) await once(stop.signal, "abort");
  // A blocked connection does not answer the request to close it.
  await Promise.race([connection.close().catch(() => undefined), sleep(1000)]);
}
