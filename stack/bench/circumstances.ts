/** A scenario beside its baseline: what was used, and how fast the machine was, then and now. Pure. */
import { mean } from "simple-statistics";
import { firstRun, isMeasured, scenarioRuns, type RecordedBaseline } from "./baseline.ts";
import { calibrationOf } from "./conditions.ts";
import type { Calibration } from "./document-calibration.ts";
import type { MeasuredScenario, SmokeRun } from "./document.ts";
import { usageOf, type Usage } from "./usage.ts";

export interface Circumstances {
  readonly scenario: MeasuredScenario;
  /** Of the machine. */
  readonly cpus: number;
  readonly now: Usage | undefined;
  /** In the runs of the baseline that were sampled. */
  readonly before: readonly Usage[];
  /** Mean latency in the baseline. */
  readonly latencyMs: number;
  readonly speed: { readonly now: Calibration | undefined; readonly before: Calibration | undefined };
  readonly runs: { readonly now: SmokeRun; readonly before: SmokeRun };
}

export function circumstancesOf(scenario: MeasuredScenario, run: SmokeRun, baseline: RecordedBaseline): Circumstances {
  const usages = baseline.runs.flatMap((recorded) =>
    recorded.scenarios
      .filter(isMeasured)
      .filter(({ name }) => name === scenario.name)
      .flatMap((same) => usageOf(same, recorded) ?? []),
  );
  const blocks = scenarioRuns(baseline, scenario.name).flatMap((before) => before.blocks);
  return {
    scenario,
    cpus: run.fingerprint.cpus,
    now: usageOf(scenario, run),
    before: usages,
    latencyMs: mean(blocks.map(({ meanMs }) => meanMs)),
    speed: { now: run.calibration, before: calibrationOf(baseline) },
    runs: { now: run, before: firstRun(baseline) },
  };
}
