/** `bench` and `baseline record`: measure a running stack. */
import type { Benched } from "../core/results/commands/bench.ts";
import { PlumblineError } from "../core/errors.ts";
import { isChange } from "../core/plan/action.ts";
import { planStack } from "../core/plan/plan.ts";
import { actionText } from "../core/plan/plan-text.ts";
import { projectName } from "../core/stack-names.ts";
import { unlessAborted } from "../converge/execution/unless-aborted.ts";
import { takeLock } from "../host/lock.ts";
import { observeWanted, requireRunning, type ObservedStack } from "./request/observed-stack.ts";
import { measure, type MeasureOptions } from "../measure/measure.ts";
import { lookAtMachine } from "../measure/quiet/look.ts";
import { awaitQuiet, type QuietOptions } from "./quiet.ts";
import { readWanted, type StackOptions } from "./request/request.ts";
import { requireEngine } from "./request/discovery.ts";
import { measureUndisturbed } from "./undisturbed.ts";

export interface BenchOptions extends StackOptions, Omit<MeasureOptions, "report" | "signal" | "renderer" | "command"> {
  /** Number of runs, one after the other. */
  readonly runs?: number;
  /** Wait for a quiet machine first, and repeat disturbed runs, because a baseline is recorded; absent for none of it. */
  readonly quiet?: QuietOptions;
}

export type BenchControls = Pick<MeasureOptions, "report" | "signal" | "renderer" | "command">;

/**
 * Measures while holding the stack's lock. Rejects with STACK_DOWN, WRONG_USAGE for an unknown service, BASELINE_NOISY,
 * INTERRUPTED.
 */
export async function benchStack(options: BenchOptions, controls: BenchControls): Promise<Benched> {
  const wanted = await readWanted(options);
  const { signal } = controls;
  const found = await unlessAborted(requireEngine(wanted), signal);
  await unlessAborted(requireRunning(wanted, found), signal);
  const lock = await takeLock(wanted.folder.lock, "bench");
  try {
    const observed = await unlessAborted(observeWanted(wanted, found, { withoutImage: "left out" }), signal);
    refuseUnknown(observed, options.services ?? []);
    const warnings = differencesOf(observed);
    for (const text of warnings) controls.report({ kind: "warning", text });
    const { measured, noise } = await measureRuns(observed, options, controls);
    return {
      stack: wanted.stack,
      profile: wanted.profileReference,
      measured,
      warnings,
      ...(noise === undefined ? {} : { noise }),
    };
  } finally {
    await lock.release();
  }
}

async function measureRuns(
  observed: ObservedStack,
  { runs = 1, quiet, ...options }: BenchOptions,
  controls: BenchControls,
): Promise<Pick<Benched, "measured" | "noise">> {
  const once = () => measure(observed, { ...options, ...controls });
  if (!quiet) return { measured: await measureUndisturbed(once, { runs }) };
  const waiting = { ...controls, look: await unlessAborted(lookFrom(observed, controls), controls.signal) };
  const noise = await awaitQuiet(quiet, waiting);
  if (noise !== undefined || quiet.anyway) return { measured: await measureUndisturbed(once, { runs }), noise };
  const again = { waitS: quiet.waitS, anyway: false };
  const isQuiet = () => awaitQuiet(again, waiting).then(() => true, isOnlyNoisy);
  return { measured: await measureUndisturbed(once, { runs, repeat: { quiet: isQuiet, report: controls.report } }) };
}

async function lookFrom({ wanted, world, machine }: ObservedStack, { signal }: BenchControls) {
  const { engine } = world;
  const containers = await engine.containers(projectName(wanted.stack));
  return () => lookAtMachine({ engine, containers, machine, host: wanted.host, signal });
}

function isOnlyNoisy(error: unknown): false {
  if (error instanceof PlumblineError && error.code === "BASELINE_NOISY") return false;
  throw error;
}

function refuseUnknown({ desired }: ObservedStack, services: readonly string[]): void {
  const names = desired.services.map(({ name }) => name);
  const unknown = services.filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new PlumblineError("WRONG_USAGE", {
    what: `Nothing to measure under the name ${unknown.join(", ")}`,
    why: "no such service of the profile runs",
    fix: `Use some of: ${names.join(", ")}`,
  });
}

function differencesOf({ desired, observation }: ObservedStack): readonly string[] {
  const changes = planStack(desired, observation).actions.filter(isChange);
  return [...desired.refusals, ...changes.map((action) => `not as the profile says: ${actionText(action)}`)];
}
