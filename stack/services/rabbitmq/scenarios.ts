/** The scenarios of RabbitMQ, in their own vhost. */
import { z } from "zod";
import type { Bench, RoundTrip, Scenario, ScenarioRun } from "../../core/service/scenario.ts";
import type { Target } from "../../core/service/service.ts";
import { openWire } from "./amqp.ts";
import { BENCH_VHOST } from "./definitions.ts";
import { management, segment } from "./management.ts";
import { OPERATIONS, QUEUES, type ClientRun, type Operation } from "./operations.ts";

/** Number of clients: the reference document's tables have 5 in flight in all but three rows. */
const CLIENTS = 5;

/**
 * If a node is killed within seconds of creating a quorum queue, the queue has no leader afterwards: RabbitMQ waits 10
 * s for one before it removes the queue (seen with 4.0).
 */
const REMOVAL_DEADLINE_MS = 30_000;

export function rabbitmqBench(target: Target): Bench {
  return {
    scenarios: OPERATIONS.map((operation) => scenarioOf(target, operation)),
    fingerprint: () => fingerprint(target),
    openRoundTrip: () => openQos(target),
    setup: async () => {
      await removeQueues(target);
      await declareQueues(target);
    },
    teardown: () => removeQueues(target),
  };
}

/** Sets the prefetch count: the channel answers, without any queue. */
async function openQos(target: Target): Promise<RoundTrip> {
  const wire = await openWire(target, "bench", BENCH_VHOST);
  return {
    trip: async () => {
      await wire.channel.prefetch(1);
    },
    close: () => wire.close(),
  };
}

function scenarioOf(target: Target, operation: Operation): Scenario {
  const { name, title, effect, smoke, cost, parameters } = operation;
  return {
    name: `rabbitmq/${name}`,
    title,
    effect,
    smoke,
    clients: CLIENTS,
    cost,
    parameters,
    open: (clients) => openRun(target, operation, clients),
  };
}

async function openRun(target: Target, operation: Operation, clients: number): Promise<ScenarioRun> {
  const opening = await Promise.allSettled(
    Array.from({ length: clients }, () => openWire(target, "bench", BENCH_VHOST)),
  );
  const wires = opening.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(wires.map((wire) => wire.close()));
  };
  try {
    const failed = opening.find((one) => one.status === "rejected");
    if (failed) throw failed.reason;
    const runs = await Promise.all(wires.map((wire, index) => operation.start(wire, index)));
    return { operation: (client) => runOf(runs, client)(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function runOf(runs: readonly ClientRun[], client: number): ClientRun {
  const run = runs[client];
  if (!run) throw new Error(`the scenario was opened for ${runs.length} clients, not for client ${client}`);
  return run;
}

async function declareQueues(target: Target): Promise<void> {
  const wire = await openWire(target, "bench", BENCH_VHOST);
  try {
    for (const [queue, options] of Object.entries(QUEUES)) await wire.channel.assertQueue(queue, options);
  } finally {
    await wire.close();
  }
}

const NAMES = z.array(z.object({ name: z.string() }));

/** Removes all queues of the vhost, including those of a killed run, whatever their names. */
async function removeQueues(target: Target): Promise<void> {
  const api = management(target);
  const vhost = segment(BENCH_VHOST);
  const queues = await api.get(`queues/${vhost}?columns=name`, NAMES);
  await Promise.all(queues.map(({ name }) => api.delete(`queues/${vhost}/${segment(name)}`, REMOVAL_DEADLINE_MS)));
}

const OVERVIEW = z.object({ rabbitmq_version: z.string(), erlang_version: z.string() });

async function fingerprint(target: Target): Promise<Readonly<Record<string, string>>> {
  const overview = await management(target).get("overview?columns=rabbitmq_version,erlang_version", OVERVIEW);
  return { version: overview.rabbitmq_version, erlang: overview.erlang_version };
}
