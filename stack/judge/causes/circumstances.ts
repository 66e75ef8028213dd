/** A scenario and its baseline side by side: resource usage and machine speed, then and now. Pure. */
import { mean } from "simple-statistics";
import { firstRun, isMeasured, scenarioRuns, type RecordedBaseline } from "../../core/results/baseline.ts";
import { calibrationOf } from "../verdict/conditions.ts";
import type { Calibration } from "../../core/results/calibration.ts";
import type { MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import { usageOf, type Usage } from "./usage.ts";

export interface Circumstances {
  readonly scenario: MeasuredScenario;
  /** Cpus of the machine. */
  readonly cpus: number;
  readonly now: Usage | undefined;
  /** Usage in those runs of the baseline that were sampled. */
  readonly before: readonly Usage[];
  /** Mean latency in the baseline. */
  readonly latencyMs: number;
  readonly speed: { readonly now: Calibration | undefined; readonly before: Calibration | undefined };
  /** Minimum durations. A busy machine changes these little; a longer network path or a slower disk changes them. */
  readonly floors: { readonly now: Waits; readonly before: Waits };
  /** Mean duration of a synced write, in milliseconds. */
  readonly meanSyncMs: { readonly now: number | undefined; readonly before: number | undefined };
  readonly runs: { readonly now: SmokeRun; readonly before: SmokeRun };
}

/** Durations in milliseconds. */
export interface Waits {
  readonly syncMs: number | undefined;
  /** Round trip to the scenario's own service. */
  readonly tripMs: number | undefined;
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
    floors: { now: floorsOf([run], scenario), before: floorsOf(baseline.runs, scenario) },
    meanSyncMs: { now: meanSync([run]), before: meanSync(baseline.runs) },
    runs: { now: run, before: firstRun(baseline) },
  };
}

/** Returns the minimum durations, or the medians if a run was recorded without minimums. */
function floorsOf(runs: readonly SmokeRun[], { services: [service = ""] }: MeasuredScenario): Waits {
  return {
    syncMs: meanOf(runs, ({ floors, syncWriteMs }) => floors?.syncWriteMs ?? syncWriteMs),
    tripMs: meanOf(runs, ({ floors, publishedRttMs }) => floors?.publishedRttMs[service] ?? publishedRttMs?.[service]),
  };
}

function meanSync(runs: readonly SmokeRun[]): number | undefined {
  return meanOf(runs, ({ syncWriteMeanMs }) => syncWriteMeanMs);
}

function meanOf(runs: readonly SmokeRun[], read: (calibration: Calibration) => number | undefined): number | undefined {
  const known = runs.flatMap(({ calibration }) => (calibration && read(calibration)) ?? []);
  return known.length === 0 ? undefined : mean(known);
}
