/** A verdict with both parts, as people see it: the stack by time or work, and the machine now. */
import type { RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import type { MachineVerdict, ScenarioVerdict, VerdictReport } from "../../../stack/core/results/verdict.ts";
import { overall } from "../../../stack/judge/verdict/overall.ts";
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

/** On a busy machine: a part is decided by work, and the last scenario is undecided, with a loss and a probable cause. */
export function twoPart(run: SmokeRun, baseline: RecordedBaseline): VerdictReport {
  const verdict = judge(run, baseline);
  const scenarios = verdict.scenarios.map(({ decidedBy, ...judged }, index): ScenarioVerdict => {
    if (index === verdict.scenarios.length - 1) return { ...judged, ...OPEN };
    const by = judged.verdict === "meets" && index % 3 === 0 ? "work" : decidedBy;
    return { ...judged, ...(by && { decidedBy: by }) };
  });
  return { ...verdict, ...overall(scenarios), scenarios, machine: BUSY };
}

const OPEN: Pick<ScenarioVerdict, "verdict" | "open" | "reason" | "decidedInS" | "cause"> = {
  verdict: "inconclusive",
  open: true,
  reason: "between −34 % and +9 %, the margin is 17 %",
  decidedInS: 41.6,
  cause: {
    kind: "own load",
    evidence:
      "probably slower by a third: other processes in the container rabbitmq wanted 3.1 of its 1.5 cpus, " +
      "in the baseline it used 0.4 while it was idle",
    next: "npm run logs -- rabbitmq",
  },
};
