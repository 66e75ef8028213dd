/** A scenario and its baseline side by side: resource usage and machine speed, then and now. Pure. */
import { mean, median, sum } from "simple-statistics";
import {
  firstRun,
  isMeasured,
  scenarioRuns,
  type Controls,
  type RecordedBaseline,
} from "../../core/results/baseline.ts";
import { calibrationOf } from "../verdict/conditions.ts";
import type { Calibration } from "../../core/results/calibration.ts";
import type { Block, MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import { learnScenario } from "../controls/learn.ts";
import { ownLoads, type OwnLoad } from "./own-load.ts";
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
  /** Blocks of this scenario; the baseline's are those of all its runs. */
  readonly blocks: { readonly now: readonly Block[]; readonly before: readonly Block[] };
  /** Synced writes in containers of the scenario's own services, and in others: a limit slows its own, a disk all. */
  readonly syncs: { readonly own: OwnProbed | undefined; readonly elsewhere: Probed | undefined };
  /** How the scenario depends on the machine; absent in baselines of older versions, whose losses are as they are. */
  readonly controls: Controls | undefined;
  readonly loads: readonly OwnLoad[];
  /** Cpu of the scenario's services while none of its scenarios runs, in cores; 0 if unknown. */
  readonly idleCores: { readonly now: number; readonly before: number };
}

/** Medians in milliseconds. */
interface Probed {
  readonly nowMs: number;
  readonly beforeMs: number;
}

interface OwnProbed extends Probed {
  readonly service: string;
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
  const times = syncTimes(run, baseline);
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
    blocks: { now: scenario.blocks, before: blocks },
    syncs: {
      own: slowestOf(times.filter(({ service }) => scenario.services.includes(service))),
      elsewhere: middleTime(times.filter(({ service }) => !scenario.services.includes(service))),
    },
    controls: baseline.controls?.[scenario.name] ?? learnScenario(baseline.runs, scenario.name),
    loads: ownLoads(run, baseline),
    idleCores: {
      now: idleCores(run, scenario),
      before: mean(baseline.runs.map((recorded) => idleCores(recorded, scenario))),
    },
  };
}

function idleCores({ resources }: SmokeRun, { services }: MeasuredScenario): number {
  const own = (resources?.containers ?? []).filter(({ service }) => services.includes(service));
  return sum(own.map(({ idle }) => idle?.cpuCores ?? 0));
}

function slowestOf(times: readonly OwnProbed[]): OwnProbed | undefined {
  return times.toSorted((left, right) => right.nowMs / right.beforeMs - left.nowMs / left.beforeMs)[0];
}

function middleTime(times: readonly OwnProbed[]): Probed | undefined {
  if (times.length === 0) return undefined;
  return { nowMs: median(times.map(({ nowMs }) => nowMs)), beforeMs: median(times.map(({ beforeMs }) => beforeMs)) };
}

/** Returns the time of a synced write in a container of each service that was probed now and in the baseline. */
export function syncTimes(run: SmokeRun, baseline: RecordedBaseline): readonly OwnProbed[] {
  return Object.entries(run.calibration?.syncWriteMsOf ?? {}).flatMap(([service, nowMs]) => {
    const before = baseline.runs.flatMap(({ calibration }) => calibration?.syncWriteMsOf?.[service] ?? []);
    return before.length === 0 ? [] : [{ service, nowMs, beforeMs: median(before) }];
  });
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
