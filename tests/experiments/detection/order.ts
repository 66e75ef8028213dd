/** What a run is told, and how it is started in a process of its own. */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { resultsSchema, type ResultsDocument } from "../../../stack/core/results/performance-results.ts";
import { lastLines, runCommand } from "../../../stack/host/run.ts";
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

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PROGRAM = "tests/experiments/detection/one-run.ts";
/** Set-up, probes and reports, beyond the time to measure. */
const BEYOND_MS = 300_000;
const ERROR_LINES = 15;

/** Measures once, in a process of its own. Rejects with BENCH_FAILED if it cannot. */
export async function orderRun(order: RunOrder, measuringS: number, signal: AbortSignal): Promise<ResultsDocument> {
  const argv = [process.execPath, "scripts/bootstrap.mjs", PROGRAM, JSON.stringify(order)];
  const result = await runCommand(argv, { cwd: ROOT, timeoutMs: measuringS * 1000 + BEYOND_MS, signal });
  signal.throwIfAborted();
  if (result.ok) return resultsSchema.parse(JSON.parse(result.stdout));
  throw new PlumblineError("BENCH_FAILED", {
    what: "A run of the experiment failed",
    why: lastLines(result.stderr, ERROR_LINES).join("\n") || result.ended,
    fix: "See what is wrong, and run the command again with --resume",
  });
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
