/** Forms the cluster, repairs it after its containers got new addresses, and checks whether it is complete. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Redis, ReplyError } from "ioredis";
import { z } from "zod";
import { messageOf, PlumblineError } from "../../../core/errors.ts";
import type { Target } from "../../../core/service/service.ts";
import { withLent } from "../../kit/lending.ts";
import { borrowNode, openAddress } from "../client.ts";
import { BUS_PORT, PORT } from "../conf.ts";
import { formatMissing, formatStep, planFormation, type Formation, type Step, type View } from "./formation.ts";
import { HANDSHAKE_DEADLINE_MS, verifyBus } from "./handshake.ts";
import { countOf, parseInfo, parseNodes, SLOTS, tagIn, type Range } from "./nodes.ts";

/** Nodes meet within a second; a node marked as failed is trusted again after two of its timeouts. */
const FORMING_DEADLINE_MS = 30_000;
const LOOK_AGAIN_MS = 100;

/** Returns the longest time that forming takes: its deadline, then a handshake with each node for the reason. */
export function formingMs(nodes: number): number {
  return FORMING_DEADLINE_MS + nodes * HANDSHAKE_DEADLINE_MS;
}

/** Keys written by `readyCluster` expire, in case the run is killed before it removes them. */
const PROBE_EXPIRES_S = 60;

interface Member {
  readonly target: Target;
  readonly client: Redis;
}

/**
 * Resolves the missing steps to form the cluster, in words; [] if it is complete. Rejects with PREPARE_FAILED if it
 * cannot be formed.
 */
export async function missingOfCluster(targets: readonly Target[]): Promise<readonly string[]> {
  return withMembers(targets, async (members) => {
    const formation = await look(members);
    if (formation.kind === "steps") return formation.steps.map(formatMissing);
    if (formation.mayPass) return [`wait for the nodes, because ${formation.why}`];
    throw failed(formation.why, formation.fix);
  });
}

/**
 * Carries out the missing steps until none is left. Resolves them in words; [] if the cluster was complete. Rejects with
 * PREPARE_FAILED and what is left: after `FORMING_DEADLINE_MS` or when the signal aborts.
 */
export async function formCluster(targets: readonly Target[], signal: AbortSignal): Promise<readonly string[]> {
  return withMembers(targets, async (members) => {
    const done = new Set<string>();
    const startedAt = performance.now();
    const isOver = () => signal.aborted || performance.now() > startedAt + FORMING_DEADLINE_MS;
    for (;;) {
      const formation = await look(members);
      if (formation.kind === "refused") {
        if (formation.mayPass !== true || isOver()) throw failed(formation.why, formation.fix);
        await sleep(LOOK_AGAIN_MS);
        continue;
      }
      const { steps } = formation;
      if (steps.length === 0) return [...done];
      if (isOver()) {
        if (!signal.aborted) await verifyBuses(members);
        const left = steps.map(formatStep).join("; ");
        const afterMs = Math.round(performance.now() - startedAt);
        throw failed(`after ${afterMs} ms this is still without effect: ${left}`, "Look at `npm run logs`.");
      }
      for (const step of steps) if (await carryOut(step, members)) done.add(formatStep(step));
      await sleep(LOOK_AGAIN_MS);
    }
  });
}

/** Rejects unless every node sees all slots served, and a client on the host can write and read a key on each. */
export async function readyCluster(targets: readonly Target[]): Promise<void> {
  const [first] = targets;
  if (first === undefined) throw new Error("a cluster without nodes");
  await Promise.all([
    withMembers(targets, (members) =>
      Promise.all([
        ...members.map(({ target, client }) => checkState(target.instance, targets.length, client)),
        ...members.map(({ target, client }) => verifyBus(target, client)),
      ]),
    ),
    useAsClient(first, targets.length),
  ]);
}

/**
 * Acts like an application's client that knows one node: it asks for the cluster's address map, connects to each
 * address of it, and uses it for keys whose slots it has there. A node without the slot answers with a redirection,
 * which is an error.
 */
async function useAsClient(first: Target, size: number): Promise<void> {
  const places = await withLent(borrowNode(first, "app"), (client) => mapOf(client, first.host));
  const slots = places.reduce((sum, { ranges }) => sum + countOf(ranges), 0);
  if (places.length !== size || slots !== SLOTS) {
    throw new Error(`${first.instance} tells clients of ${slots} slots on ${places.length} nodes`);
  }
  await Promise.all(places.map((place) => useNode(place, first)));
}

async function useNode({ host, port, ranges }: Place, first: Target): Promise<void> {
  const client = await openAddress(host, port, first, "app");
  try {
    await probe(client, `plumbline:ready:{${tagIn(ranges) ?? ""}}`, `${host}:${port}`);
  } finally {
    client.disconnect();
  }
}

/** A node as clients find it. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly ranges: readonly Range[];
}

/** `[first slot, last slot, [host, port, …], …replicas]` per range; an empty host means the node that was asked. */
const SlotMap = z.array(
  z.tuple([z.number(), z.number(), z.tuple([z.string().nullable(), z.number()]).rest(z.unknown())]).rest(z.unknown()),
);

async function mapOf(client: Redis, asked: string): Promise<readonly Place[]> {
  const places = new Map<string, Place>();
  for (const [from, to, [announced, port]] of SlotMap.parse(await client.call("CLUSTER", ["SLOTS"]))) {
    const host = announced || asked;
    const name = `${host}:${port}`;
    places.set(name, { host, port, ranges: [...(places.get(name)?.ranges ?? []), [from, to]] });
  }
  return [...places.values()];
}

/** Writes, reads and removes a key. Rejects if the value read is not the one written. */
export async function probe(client: Pick<Redis, "set" | "get" | "del">, key: string, instance: string): Promise<void> {
  await client.set(key, instance, "EX", PROBE_EXPIRES_S);
  const answer = await client.get(key);
  if (answer !== instance) throw new Error(`${instance} answered ${JSON.stringify(answer)} for a key that was set`);
  await client.del(key);
}

/** Resolves a hash tag whose slot is on the node, by instance. Rejects if a node holds no slot. */
export async function tagPerNode(members: readonly Member[]): Promise<ReadonlyMap<string, string>> {
  const found = members.map(async ({ target, client }) => {
    const tag = tagIn(await ownSlots(client));
    if (tag === undefined) throw new Error(`${target.instance} holds no slot`);
    return [target.instance, tag] as const;
  });
  return new Map(await Promise.all(found));
}

/** Borrows one client per node, and gives them back whatever happens. */
export async function withMembers<T>(
  targets: readonly Target[],
  work: (members: readonly Member[]) => Promise<T>,
  credential = "admin",
): Promise<T> {
  const opened = await Promise.allSettled(
    targets.map(async (target) => ({ target, ...(await borrowNode(target, credential)) })),
  );
  const members = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  try {
    for (const result of opened) if (result.status === "rejected") throw result.reason;
    return await work(members);
  } finally {
    await Promise.all(members.map(({ giveBack }) => giveBack()));
  }
}

/** Nodes that refuse each other's certificates never meet. */
async function verifyBuses(members: readonly Member[]): Promise<void> {
  try {
    for (const { target, client } of members) await verifyBus(target, client);
  } catch (error) {
    throw failed(
      `its nodes do not reach each other: ${messageOf(error)}`,
      "`npm run up` issues certificates that have expired, are lost or were changed; a wrong clock is set by hand.",
    );
  }
}

async function look(members: readonly Member[]): Promise<Formation> {
  return planFormation(await Promise.all(members.map(observe)));
}

async function observe({ target, client }: Member): Promise<View> {
  const [id, nodes, info] = await Promise.all([myId(client), nodesOf(client), infoOf(client)]);
  const epoch = Number(info.get("cluster_my_epoch") ?? 0);
  return { instance: target.instance, address: target.address, id, epoch, nodes };
}

/** Resolves false if the step came too late to have an effect. */
async function carryOut(step: Step, members: readonly Member[]): Promise<boolean> {
  const client = members.find(({ target }) => target.instance === step.instance)?.client;
  if (client === undefined) throw new Error(`no client of ${step.instance}`);
  switch (step.kind) {
    case "assign":
    case "restore":
      await client.call("CLUSTER", ["ADDSLOTSRANGE", ...step.ranges.flat()]);
      return true;
    case "epoch":
      // Refused if another node has met this one meanwhile; Redis then resolves equal epochs itself.
      return client.call("CLUSTER", ["SET-CONFIG-EPOCH", step.epoch]).then(succeeded, isRefusal);
    case "forget":
      await client.call("CLUSTER", ["FORGET", step.id]);
      return true;
    case "meet":
      await client.call("CLUSTER", ["MEET", step.address, PORT, BUS_PORT]);
      return true;
  }
}

const succeeded = () => true;

function isRefusal(error: unknown): false {
  if (error instanceof ReplyError) return false;
  throw error;
}

async function checkState(instance: string, size: number, client: Redis): Promise<void> {
  const info = await infoOf(client);
  const wanted = { cluster_state: "ok", cluster_slots_assigned: SLOTS, cluster_slots_ok: SLOTS, cluster_size: size };
  for (const [field, value] of Object.entries(wanted)) {
    const found = info.get(field);
    if (found !== String(value)) throw new Error(`${instance} has ${field} ${found ?? "not"}, and not ${value}`);
  }
}

async function ownSlots(client: Redis) {
  return (await nodesOf(client)).find(({ flags }) => flags.includes("myself"))?.slots ?? [];
}

async function nodesOf(client: Redis) {
  return parseNodes(String(await client.call("CLUSTER", ["NODES"])));
}

async function infoOf(client: Redis) {
  return parseInfo(String(await client.call("CLUSTER", ["INFO"])));
}

async function myId(client: Redis): Promise<string> {
  return String(await client.call("CLUSTER", ["MYID"]));
}

function failed(why: string, fix: string): PlumblineError {
  return new PlumblineError("PREPARE_FAILED", { what: "The Redis cluster cannot be formed", why, fix });
}
