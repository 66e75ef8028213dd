/** The closed loop: N clients; each sends its next operation after the answer to the last one. */
import { performance } from "node:perf_hooks";
import { messageOf } from "../core/errors.ts";
import type { ScenarioRun } from "../core/service/scenario.ts";
import { latencyHistogram, recordLatency } from "./histogram.ts";
import { Flight, runClients, type LoopOptions, type LoopOutcome } from "./loop.ts";

/**
 * Runs a closed loop. A client is measured from its first operation after the warm-up to the end of the last operation
 * that it started within the window. Throughput is the sum over clients of operations / time, so operations as long as
 * the window count as a whole, and no boundary cuts a latency.
 */
export async function runClosedLoop(clients: number, run: ScenarioRun, options: LoopOptions): Promise<LoopOutcome> {
  const histogram = latencyHistogram();
  const flight = new Flight(clients);
  const begin = performance.now() + options.warmupMs;
  const end = begin + options.windowMs;
  const all = Array.from({ length: clients }, () => newClient());
  const tasks = all.map((client, index) => runClient({ client, index, run, flight, histogram, begin, end }));
  const use = await runClients(flight, options, Promise.all(tasks));
  const failure = flight.failure();
  if (failure !== undefined) return failure;
  let throughput = 0;
  let latencyMs = 0;
  let allOperations = 0;
  for (const client of all) {
    throughput += client.operations / ((client.measuredUntil - (client.measuredFrom ?? 0)) / 1000);
    latencyMs += client.latencyMs;
    allOperations += client.warmup + client.operations;
  }
  return { ok: true, measured: { histogram, throughput, latencyMs, allOperations, use } };
}

interface Client {
  measuredFrom: number | undefined;
  measuredUntil: number;
  /** Operations that started before the window. */
  warmup: number;
  operations: number;
  latencyMs: number;
}

function newClient(): Client {
  return { measuredFrom: undefined, measuredUntil: 0, warmup: 0, operations: 0, latencyMs: 0 };
}

interface ClientTask {
  readonly client: Client;
  readonly index: number;
  readonly run: ScenarioRun;
  readonly flight: Flight;
  readonly histogram: ReturnType<typeof latencyHistogram>;
  readonly begin: number;
  readonly end: number;
}

async function runClient({ client, index, run, flight, histogram, begin, end }: ClientTask): Promise<void> {
  let now = performance.now();
  while (!flight.stopped && (now < end || (client.operations === 0 && flight.errors === 0))) {
    const started = now;
    flight.started[index] = started;
    try {
      await run.operation(index);
    } catch (error) {
      flight.fail(messageOf(error));
      now = performance.now();
      continue;
    }
    now = performance.now();
    flight.started[index] = undefined;
    if (started < begin) client.warmup += 1;
    if (started < begin || flight.stopped) continue;
    client.measuredFrom ??= started;
    client.measuredUntil = now;
    client.operations += 1;
    client.latencyMs += now - started;
    recordLatency(histogram, now - started);
  }
  flight.started[index] = undefined;
}
