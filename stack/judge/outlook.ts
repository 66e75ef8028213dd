/** How long a run would have to go on until its open scenarios are decided. */
import { isMeasured } from "../core/results/baseline.ts";
import type { SmokeRun } from "../core/results/measurement.ts";
import type { Outlook } from "../core/results/outlook.ts";
import type { ScenarioVerdict, VerdictReport } from "../core/results/verdict.ts";
import { undecidedIn } from "./verdict/verdict.ts";

/** Connecting, counters and the order of the blocks, as a share of the load. */
const OVERHEAD_SHARE = 0.25;

/** Returns what more time would bring; `decidable` is 0 if it would bring nothing. */
export function outlookOf(report: VerdictReport, run: SmokeRun): Outlook {
  const open = undecidedIn(report);
  const seconds = open.flatMap((scenario) => secondsFor(scenario, run) ?? []);
  return {
    scenarios: run.scenarios.length,
    undecided: open.length,
    decidable: seconds.length,
    expectedS: Math.ceil(seconds.reduce((sum, each) => sum + each, 0)),
  };
}

/** The blocks of several scenarios follow one another, so their seconds add up. */
function secondsFor({ name, blocksNeeded, decidedInS }: ScenarioVerdict, run: SmokeRun): number | undefined {
  if (decidedInS !== undefined) return decidedInS;
  const scenario = run.scenarios.find((each) => each.name === name);
  const { looks, warmupMs, windowMs } = run.plan;
  if (blocksNeeded === undefined || scenario === undefined || !isMeasured(scenario)) return undefined;
  const look = looks.find((blocks) => blocks >= blocksNeeded);
  if (look === undefined) return undefined;
  return ((look - scenario.blocks.length) * (warmupMs + windowMs) * (1 + OVERHEAD_SHARE)) / 1000;
}
