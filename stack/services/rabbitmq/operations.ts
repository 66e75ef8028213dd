/**
 * The operations that the scenarios repeat. Every publish waits for its confirm, because a closed loop needs an answer.
 */
import type { Options } from "amqplib";
import type { Cost, Effect, Scenario } from "../../core/service/scenario.ts";
import { publish, type Wire } from "./amqp.ts";

const KIB = 1024;

/** Messages that a client may take before it publishes new ones; that one operation includes the publishing. */
const STOCK = 1_000;
/** Messages per acknowledgement; twice as many may be unacknowledged. */
const ACK_BATCH = 100;
/** Published messages are never read, so the oldest ones are dropped. */
const LENGTH_MAX = 10_000;

/**
 * Two types of queue, because "confirmed" means different things. A quorum queue has flushed the message to disk (one
 * fdatasync per batch, seen with strace on 4.0); a classic queue has only written it.
 */
export const QUEUES: Readonly<Record<"bench.quorum" | "bench.classic", Options.AssertQueue>> = {
  "bench.quorum": queue("quorum"),
  "bench.classic": queue("classic"),
};

/** One operation of one client. */
export type ClientRun = () => Promise<void>;

export interface Operation {
  readonly name: string;
  readonly title: string;
  readonly effect: Effect;
  readonly smoke: boolean;
  readonly cost: Cost;
  readonly parameters: Scenario["parameters"];
  start(wire: Wire, index: number): Promise<ClientRun>;
}

export const OPERATIONS: readonly Operation[] = [
  publishing({ size: 1, queue: "bench.quorum", persistent: true, smoke: true }),
  publishing({ size: 10, queue: "bench.quorum", persistent: true }),
  publishing({ size: 1, queue: "bench.classic", persistent: true }),
  publishing({ size: 10, queue: "bench.classic", persistent: true }),
  publishing({ size: 1, queue: "bench.classic", persistent: false }),
  publishing({ size: 10, queue: "bench.classic", persistent: false }),
  {
    ...taking("get-ack", "get one message and acknowledge it", 0, 1),
    smoke: true,
    start: async (wire, index) => {
      const name = await stocked(wire, index);
      return counted(wire, name, async () => {
        const message = await wire.channel.get(name);
        if (!message) throw new Error(`RabbitMQ's queue ${name} is empty`);
        wire.channel.ack(message);
      });
    },
  },
  consuming("consume-single-acks", "consume, each message acknowledged before the next is sent", 1, 1),
  consuming("consume-batched-acks", `consume, acknowledged ${ACK_BATCH} at a time`, 2 * ACK_BATCH, ACK_BATCH),
  consuming("consume-no-ack", "consume without acknowledgement; the time to publish as many counts too", 0, 0),
];

function queue(type: "quorum" | "classic"): Options.AssertQueue {
  return { durable: true, arguments: { "x-queue-type": type, "x-max-length": LENGTH_MAX, "x-overflow": "drop-head" } };
}

interface Publishing {
  readonly size: 1 | 10;
  readonly queue: keyof typeof QUEUES;
  readonly persistent: boolean;
  readonly smoke?: boolean;
}

function publishing({ size, queue: name, persistent, smoke = false }: Publishing): Operation {
  const isDurable = name === "bench.quorum";
  const mode = persistent ? "persistent" : "transient";
  const kind = isDurable ? "quorum" : "classic";
  return {
    name: `publish-${size}k-${isDurable ? "durable" : mode}`,
    title: `publish ${size} KiB, ${mode}, to a ${kind} queue, and wait for the confirm`,
    effect: isDurable ? "durable write" : "volatile write",
    smoke,
    cost: { roundTrips: 1, syncs: isDurable ? 1 : 0 },
    parameters: { messageBytes: size * KIB, queue: kind, persistent, confirms: true, maxLength: LENGTH_MAX },
    start: async (wire) => {
      const content = Buffer.alloc(size * KIB, "m");
      return () => publish(wire, name, content, { persistent });
    },
  };
}

/**
 * An acknowledgement has no answer. A consumer waits only if no message is in flight: with one message at a time,
 * always.
 */
function taking(name: string, title: string, prefetch: number, roundTrips: number): Omit<Operation, "start"> {
  const parameters = { messageBytes: KIB, queue: "classic", persistent: false, prefetch, stock: STOCK };
  return { name, title, effect: "read", smoke: false, cost: { roundTrips, syncs: 0 }, parameters };
}

/** `ackEvery` 0: without acknowledgement, which AMQP 0-9-1 also calls automatic. */
function consuming(name: string, title: string, prefetch: number, ackEvery: number): Operation {
  return {
    ...taking(name, title, prefetch, prefetch === 1 ? 1 : 0),
    start: async (wire, index) => {
      const own = await stocked(wire, index);
      const next = await deliveries(wire, own, prefetch, ackEvery);
      return counted(wire, own, next);
    },
  };
}

/** Creates and fills the client's own queue. */
async function stocked(wire: Wire, index: number): Promise<string> {
  const name = `bench.stock.${index}`;
  const { messageCount } = await wire.channel.assertQueue(name, { durable: true });
  await restock(wire, name, messageCount);
  return name;
}

/** Resolves when the broker has confirmed that the queue is full. */
async function restock(wire: Wire, name: string, there = 0): Promise<void> {
  const content = Buffer.alloc(KIB, "m");
  for (let count = there; count < STOCK; count += 1) wire.channel.sendToQueue(name, content, { persistent: false });
  await wire.channel.waitForConfirms();
}

/** Takes messages one by one, and publishes new ones when the stock is used up. */
function counted(wire: Wire, name: string, take: ClientRun): ClientRun {
  let taken = 0;
  return async () => {
    if (taken === STOCK) {
      await restock(wire, name);
      taken = 0;
    }
    taken += 1;
    await take();
  };
}

/** Subscribes; resolves a function that waits for the next message and acknowledges as configured. */
async function deliveries(wire: Wire, name: string, prefetch: number, ackEvery: number): Promise<ClientRun> {
  const { channel } = wire;
  const inbox: Message[] = [];
  let wake: (() => void) | undefined;
  await channel.prefetch(prefetch);
  await channel.consume(
    name,
    (message) => {
      if (message) inbox.push(message);
      wake?.();
    },
    { noAck: ackEvery === 0 },
  );
  let unacknowledged = 0;
  return async () => {
    const message = inbox.shift() ?? (await nextOf(wire, inbox, (resolve) => (wake = resolve)));
    unacknowledged += 1;
    if (ackEvery === 0 || unacknowledged < ackEvery) return;
    unacknowledged = 0;
    channel.ack(message, true);
  };
}

type Message = Parameters<Wire["channel"]["ack"]>[0];

async function nextOf(wire: Wire, inbox: Message[], subscribe: (wake: () => void) => void): Promise<Message> {
  const delivered = new Promise<undefined>((resolve) => {
    subscribe(() => resolve(undefined));
  });
  const failure = await Promise.race([delivered, wire.lost]);
  if (failure) throw failure;
  const message = inbox.shift();
  if (!message) throw new Error("RabbitMQ cancelled the consumer");
  return message;
}
