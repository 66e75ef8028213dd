/** A verdict with both parts, as people see it: the stack by time or work, and the machine now. */
import type { RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import type { MachineVerdict, ScenarioVerdict, VerdictReport } from "../../../stack/core/results/verdict.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";

export const BUSY: MachineVerdict = {
  state: "busy",
  summary: "others use 0.6 of 4 cpus, at the baseline 0.1: it gives 18 % less",
  loss: 0.2,
  otherCores: { now: 0.6, before: 0.1 },
  neighbours: [
    { name: "cc1plus", cores: 0.41 },
    { name: "a container of another stack", cores: 0.2 },
  ],
};

/** On a busy machine: a part is decided by work, and what is undecided is a loss with a probable cause. */
export function twoPart(run: SmokeRun, baseline: RecordedBaseline): VerdictReport {
  const verdict = judge(run, baseline);
  const scenarios = verdict.scenarios.map((judged, index): ScenarioVerdict => {
    if (judged.verdict === "inconclusive") return { ...judged, ...OPEN };
    return judged.verdict === "meets" && index % 3 === 0 ? { ...judged, decidedBy: "work" } : judged;
  });
  return { ...verdict, scenarios, machine: BUSY };
}

const OPEN: Partial<ScenarioVerdict> = {
  decidedInS: 41.6,
  cause: {
    kind: "own load",
    evidence:
      "probably slower by a third: other processes in the container rabbitmq wanted 3.1 of its 1.5 cpus, " +
      "in the baseline it used 0.4 while it was idle",
    next: "npm run logs -- rabbitmq",
  },
};
