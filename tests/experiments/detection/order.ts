/** What a run is told, and how it is started in a process of its own. */
import { z } from "zod";
import { resultsSchema, type ResultsDocument } from "../../../stack/core/results/performance-results.ts";
import { printedBy } from "../self/own-program.ts";
import type { Measurable } from "../../../stack/measure/measure.ts";

export const orderSchema = z.object({
  stack: z.object({ stack: z.string(), profile: z.string(), runtime: z.string().exactOptional() }),
  /** Published ports that clients use instead of the stack's own. */
  detours: z.array(z.object({ instance: z.string(), from: z.number(), to: z.number() })),
  /** Folder of the baselines. */
  baselines: z.string(),
  // The rest is passed on to `measure`.
  thorough: z.boolean().exactOptional(),
  budgetS: z.number().exactOptional(),
  /** `--until-decided` of `verify`. */
  untilDecidedS: z.number().exactOptional(),
});

export type RunOrder = z.infer<typeof orderSchema>;
export type Detour = RunOrder["detours"][number];

/** Set-up, probes and reports, beyond the time to measure. */
const BEYOND_MS = 300_000;

/** Measures once, in a process of its own. Rejects with BENCH_FAILED if it cannot. */
export async function orderRun(order: RunOrder, measuringS: number, signal: AbortSignal): Promise<ResultsDocument> {
  const deadlineMs = measuringS * 1000 + BEYOND_MS;
  const text = await printedBy("tests/experiments/detection/one-run.ts", order, { deadlineMs, signal });
  return resultsSchema.parse(JSON.parse(text));
}

/** Returns the stack as clients reach it by detours. */
export function rerouted<Stack extends Measurable>(stack: Stack, detours: readonly Detour[]): Stack {
  const services = stack.desired.services.map((service) => ({
    ...service,
    instances: service.instances.map((instance) => ({
      ...instance,
      ports: instance.ports.map((port) => {
        const detour = detours.find(({ instance: name, from }) => name === instance.name && from === port.published);
        return detour ? { ...port, published: detour.to } : port;
      }),
    })),
  }));
  return { ...stack, desired: { ...stack.desired, services } };
}
