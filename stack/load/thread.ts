/** One thread of the load generator: receives orders, measures, and sends the results. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import { encodeIntoCompressedBase64 } from "hdr-histogram-js";
import { messageOf } from "../core/errors.ts";
import type { Scenario, ScenarioRun } from "../core/service/scenario.ts";
import { runClosedLoop } from "./closed-loop.ts";
import { numberedOrderSchema, STARTED, type Answer, type Order } from "./thread-messages.ts";

/** Serves orders until the thread ends. `find` rejects if there is no such scenario. */
export function serveOrders(port: MessagePort, find: (name: string) => Promise<Scenario>): void {
  let open: { readonly run: ScenarioRun; readonly clients: number } | undefined;
  const obey = async (order: Order): Promise<Answer> => {
    switch (order.kind) {
      case "open": {
        const { clients, first } = order;
        open = { run: await (await find(order.scenario)).open(clients, first), clients };
        return { kind: "done" };
      }
      case "run": {
        if (!open) throw new Error("no connections are open");
        return await measure(open.run, open.clients, order);
      }
      case "close": {
        await open?.run.close();
        open = undefined;
        return { kind: "done" };
      }
    }
  };
  port.on("message", (message: unknown) => {
    const { id, order } = numberedOrderSchema.parse(message);
    void obey(order)
      .catch((error: unknown): Answer => ({ kind: "failed", reason: messageOf(error), errors: 1 }))
      .then((answer) => port.postMessage({ id, answer }));
  });
  port.postMessage({ id: STARTED, answer: { kind: "done" } satisfies Answer });
}

/** An aborted run ends its threads, so nothing here waits for a signal. */
const NEVER = new AbortController().signal;

async function measure(run: ScenarioRun, clients: number, order: Order & { kind: "run" }): Promise<Answer> {
  const { at, warmupMs, windowMs, operationDeadlineMs } = order;
  const limit = operationDeadlineMs === undefined ? {} : { operationDeadlineMs };
  await sleep(Math.max(0, at - (performance.timeOrigin + performance.now())));
  const outcome = await runClosedLoop(clients, run, { warmupMs, windowMs, ...limit, signal: NEVER });
  if (!outcome.ok) return { kind: "failed", reason: outcome.reason, errors: outcome.errors };
  const { histogram, ...measured } = outcome.measured;
  return { kind: "measured", histogram: encodeIntoCompressedBase64(histogram), ...measured };
}
