/** Waits for a quiet machine before a baseline is recorded: its noise would be the margin of every later verdict. */
import { PlumblineError } from "../core/errors.ts";
import type { MachineLook } from "../core/machine/look.ts";
import type { Report } from "../core/progress.ts";
import { noiseOf } from "../judge/baselines/quiet.ts";

export interface QuietOptions {
  /** Record also if the machine is not quiet. */
  readonly anyway: boolean;
  /** How long to wait for a quiet moment. */
  readonly waitS: number;
  /** Asks on a terminal before it waits; absent without one. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

export interface QuietControls {
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Takes seconds; undefined if the machine cannot be looked at. */
  readonly look: () => Promise<MachineLook | undefined>;
  /** Milliseconds. */
  readonly now?: () => number;
}

const STEP = "quiet";

/**
 * Resolves undefined once the machine is quiet, or if it cannot be looked at; otherwise, if it is recorded all the same,
 * what disturbs. Rejects with BASELINE_NOISY if it is not quiet in time.
 */
export async function awaitQuiet(options: QuietOptions, controls: QuietControls): Promise<string | undefined> {
  const { report } = controls;
  report({ kind: "step-started", id: STEP, title: "look whether the machine is quiet" });
  const noise = await noiseNow(controls);
  report({ kind: "step-done", id: STEP, detail: noise ?? "quiet" });
  if (noise === undefined) return undefined;
  if (options.anyway || (await options.confirm?.(questionOf(noise)))) {
    report({ kind: "warning", text: `recorded although the machine is not quiet: ${noise}` });
    return noise;
  }
  await waitFor(noise, options, controls);
  return undefined;
}

function questionOf(noise: string): string {
  return `The machine is not quiet: ${noise}. A baseline recorded now widens the margin of every later verdict. Record it all the same?`;
}

async function waitFor(first: string, { waitS }: QuietOptions, controls: QuietControls): Promise<void> {
  const { report, now = () => performance.now() } = controls;
  const untilMs = now() + waitS * 1000;
  report({ kind: "step-started", id: STEP, title: "wait for a quiet machine", because: first });
  let noise = first;
  for (;;) {
    const leftS = Math.ceil((untilMs - now()) / 1000);
    if (leftS <= 0) break;
    report({ kind: "step-progress", id: STEP, detail: `${leftS} s more at most: ${noise}` });
    const found = await noiseNow(controls);
    if (found === undefined) {
      report({ kind: "step-done", id: STEP, detail: "quiet" });
      return;
    }
    noise = found;
  }
  report({ kind: "step-failed", id: STEP, reason: noise });
  throw new PlumblineError("BASELINE_NOISY", {
    what: `The machine was not quiet within ${waitS} s, so no baseline was recorded`,
    why: noise,
    fix: "End what uses the machine, or wait longer with --wait <seconds>; --anyway records at once and marks what is disturbed",
    details: { noise, waitedS: waitS },
  });
}

async function noiseNow({ look, signal }: QuietControls): Promise<string | undefined> {
  signal.throwIfAborted();
  const seen = await look();
  return seen && noiseOf(seen);
}
