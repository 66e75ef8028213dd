/** Everything that `bench:self` measures. */
import type { Report } from "../../../stack/core/progress.ts";
import { DEFAULT_PROFILE } from "../../../stack/records/profiles.ts";
import type { StackOptions } from "../../../stack/commands/request/request.ts";
import { measureCold } from "./cold.ts";
import { loadNow, type Measurements } from "./document.ts";
import { measureNothing } from "./nothing.ts";
import { withOwnStack } from "./own-stack.ts";
import { measurePlanning } from "./planning.ts";

export const PARTS = ["cold", "nothing", "planning"] as const;

export interface SelfOptions {
  readonly stack: StackOptions;
  readonly runs: number;
  readonly quickRuns: number;
  readonly only?: readonly (typeof PARTS)[number][] | undefined;
  readonly confirm: (question: string) => Promise<boolean>;
}

export interface SelfControls {
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Needs no stack for planning alone. What it starts is removed when it settles. */
export async function measureSelf(options: SelfOptions, controls: SelfControls): Promise<Measurements> {
  const { only = PARTS, runs, quickRuns, confirm } = options;
  const profile = options.stack.profile ?? DEFAULT_PROFILE;
  const before = loadNow();
  const planning = only.includes("planning") ? measurePlanning(quickRuns) : [];
  const none = { engineVersion: undefined, composeVersion: undefined, cold: [], nothing: [] };
  const running = only.includes("cold") || only.includes("nothing");
  const stackOptions = { ...options.stack, command: "bench:self", profile, provision: true, confirm };
  const measured = running
    ? await withOwnStack(stackOptions, controls, async (own) => ({
        engineVersion: own.running.machine.engineVersion,
        composeVersion: await own.composeVersion(),
        cold: only.includes("cold") ? await measureCold(own, runs, controls.report) : [],
        nothing: only.includes("nothing") ? await measureNothing(own, quickRuns, controls.report) : [],
      }))
    : none;
  return { profile, ...measured, planning, load: [before, loadNow()] };
}
