/** Threads that share the clients of a scenario, for servers faster than one Node thread. */
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import type { Worker } from "node:worker_threads";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { messageOf } from "../core/errors.ts";
import type { Scenario } from "../core/service/scenario.ts";
import { withDeadline } from "../host/deadline.ts";
import type { Failure, LoopOptions, LoopOutcome, Measured } from "./loop.ts";
import { numberedAnswerSchema, STARTED, type Answer, type Order } from "./thread-messages.ts";

/** Loading the scenarios' code, and bundling it if that was not done before: a second or two. */
const START_DEADLINE_MS = 30_000;
/** Opening the connections of one block, and closing them. */
const OPEN_DEADLINE_MS = 10_000;
const CLOSE_DEADLINE_MS = 3_000;
/**
 * Added to the block's duration: its last operation has its own deadline, and a thread on a busy machine reports late.
 */
const RUN_EXTRA_MS = 15_000;
/**
 * Delay between the order to begin and the beginning: longer than a message takes, so that all threads begin at once.
 */
const LEAD_MS = 10;

/** Runs the load, and something of its own before and after it. */
export type Around = <Outcome>(load: () => Promise<Outcome>) => Promise<Outcome>;

export interface LoadThreads {
  /**
   * Measures like a closed loop; `around` runs the load while its connections are open and nothing else is in flight.
   * Rejects with the signal's reason, after its threads have ended.
   */
  measure(
    scenario: Scenario,
    threads: number,
    options: LoopOptions,
    around?: Around,
  ): Promise<LoopOutcome<readonly Measured[]>>;
  close(): Promise<void>;
}

/** Starts threads that serve orders. If one cannot start, rejects with the reason and leaves none running. */
export async function startThreads(count: number, start: () => Worker): Promise<LoadThreads> {
  const workers = Array.from({ length: count }, start);
  for (const worker of workers) worker.on("error", () => undefined); // reported to whoever waits for an answer
  const close = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  try {
    const started = Promise.all(workers.map((worker) => answerOf(worker, STARTED)));
    await withDeadline(started, START_DEADLINE_MS, "a thread did not start");
  } catch (error) {
    await close();
    throw error;
  }
  return {
    close,
    measure: async (scenario, threads, options, around = (load) => load()) => {
      try {
        return await measure(workers.slice(0, threads), scenario, options, around);
      } catch (error) {
        if (options.signal.aborted) await close();
        throw error;
      }
    },
  };
}

async function measure(
  workers: readonly Worker[],
  { name, clients }: Scenario,
  { warmupMs, windowMs, operationDeadlineMs, signal }: LoopOptions,
  around: Around,
): Promise<LoopOutcome<readonly Measured[]>> {
  const limit = operationDeadlineMs === undefined ? {} : { operationDeadlineMs };
  const all = async (order: (index: number) => Order, deadlineMs: number, what: string) => {
    const answers = Promise.all(workers.map((worker, index) => ask(worker, order(index))));
    return withDeadline(answers, deadlineMs, `${what} did not end`, signal);
  };
  const firstOf = (index: number) => Math.floor((index * clients) / workers.length);
  const opening = (index: number): Order => {
    const first = firstOf(index);
    return { kind: "open", scenario: name, clients: firstOf(index + 1) - first, first };
  };
  try {
    const refused = failureIn(await all(opening, OPEN_DEADLINE_MS, "opening the connections"));
    if (refused) return { ...refused, reason: `connecting failed: ${refused.reason}` };
    const answers = await around(async () => {
      const at = performance.timeOrigin + performance.now() + LEAD_MS;
      const running: Order = { kind: "run", at, warmupMs, windowMs, ...limit };
      return await all(() => running, warmupMs + windowMs + RUN_EXTRA_MS, "a block in threads");
    });
    return failureIn(answers) ?? { ok: true, measured: answers.flatMap(measuredOf) };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, reason: messageOf(error), errors: 1 };
  } finally {
    const closing = all(() => ({ kind: "close" }), CLOSE_DEADLINE_MS, "closing");
    await closing.catch(() => undefined); // the block is measured already
  }
}

let orders = STARTED;

async function ask(worker: Worker, order: Order): Promise<Answer> {
  orders += 1;
  const answer = answerOf(worker, orders);
  worker.postMessage({ id: orders, order });
  return answer;
}

/** Resolves to the answer with this number; rejects with the thread's own error if the thread ends first. */
async function answerOf(worker: Worker, id: number): Promise<Answer> {
  const ended = new AbortController();
  const exit = once(worker, "exit", ended).then(() => {
    throw new Error("a thread of the load generator ended");
  });
  exit.catch(() => undefined);
  try {
    for (;;) {
      const received: readonly unknown[] = await Promise.race([once(worker, "message", ended), exit]);
      const numbered = numberedAnswerSchema.parse(received[0]);
      if (numbered.id === id) return numbered.answer;
    }
  } finally {
    ended.abort();
  }
}

function failureIn(answers: readonly Answer[]): Failure | undefined {
  const failed = answers.flatMap((answer) => (answer.kind === "failed" ? [answer] : []));
  const [first] = failed;
  return first && { ok: false, reason: first.reason, errors: failed.reduce((sum, { errors }) => sum + errors, 0) };
}

function measuredOf(answer: Answer): readonly Measured[] {
  if (answer.kind !== "measured") return [];
  const { throughput, latencyMs, allOperations, use } = answer;
  const histogram = decodeFromCompressedBase64(answer.histogram);
  return [{ histogram, throughput, latencyMs, allOperations, use }];
}
