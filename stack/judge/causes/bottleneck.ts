/**
 * Why a scenario is slower than in its baseline: returns one of a closed set of causes, with the figures that show it.
 * Pure.
 */
import { sum } from "simple-statistics";
import type { RecordedBaseline } from "../../core/results/baseline.ts";
import { circumstancesOf } from "./circumstances.ts";
import type { MeasuredScenario, ScenarioResult, SmokeRun } from "../../core/results/measurement.ts";
import { limitSuspects, outOfMemory } from "./limits.ts";
import type { Suspect } from "./losses.ts";
import { ownLoadSuspects } from "./own-load.ts";
import { limitedDisk, probeSuspects } from "./probes.ts";
import { clientSuspects, otherLoad, settingSuspects } from "./suspects.ts";
import { plainWait, serverWait, serverWork } from "./work.ts";
import type { Cause, Metric } from "../../core/results/verdict.ts";

export interface Slower {
  readonly scenario: MeasuredScenario;
  /** The loss on the log scale, shown or only probable. For a figure that is counted, that of the time meanwhile. */
  readonly loss: number;
  /** The figure that shows the loss; absent for time. */
  readonly metric?: Metric;
  readonly run: SmokeRun;
  readonly baseline: RecordedBaseline;
}

/** A suspect that explains less than half of a loss is not reported as its cause. */
const SHARE_EXPLAINED = 0.5;

/**
 * In order of precedence, because one cause hides another:
 * 1. Own load makes the cpu limit stop the container, and it is part of the cpu per operation.
 * 2. A limit makes probes answer late, and costs cpu per operation (smaller batches, pages that are read again).
 * 3. Disk and network are judged by minimum durations, which other load hardly changes. A service that waits for them has
 *    longer shortest operations, and leaves cpu to others.
 * 4. Server work is what the client's own cpu per operation does not explain, so company hardly changes it. It makes the
 *    shortest operations longer by as much as itself. If they are longer by far more, the server waits; waiting servers
 *    also batch less, so each operation costs them more. Both name a changed setting as the cause.
 * 5. Other load: a loss that an expectation with controls leaves is what such load explains in part already.
 * 6. Average disk times change with other load; the client and settings without any effect that can be shown come last.
 */
const RANKS = [
  ownLoadSuspects,
  limitSuspects,
  probeSuspects,
  plainWait,
  serverWork,
  serverWait,
  otherLoad,
  limitedDisk,
  clientSuspects,
  settingSuspects,
] as const;

/** A smaller loss of time needs no cause. */
const LEAST_LOSS = 0.05;

/**
 * Returns the most likely cause of a loss. Where counted work shows it, server work explains it whatever its share of the
 * time. A baseline without samples counts as one without any bottleneck.
 */
export function causeOf(slower: Slower): Cause {
  const circumstances = circumstancesOf(slower.scenario, slower.run, slower.baseline);
  const weak: Suspect[] = [];
  for (const suspectsOf of RANKS) {
    const [worst] = suspectsOf(circumstances).toSorted((left, right) => right.explains - left.explains);
    if (worst === undefined) continue;
    const { explains, ...cause } = worst;
    const isShown = suspectsOf === serverWork && slower.metric !== undefined && isCountedMetric(slower.metric);
    if (isShown || explains >= SHARE_EXPLAINED * Math.max(LEAST_LOSS, slower.loss)) return cause;
    weak.push(worst);
  }
  const [nearest] = weak.toSorted((left, right) => right.explains - left.explains);
  const seen = slower.run.resources ? "nothing that was sampled explains it" : "the run was not sampled";
  return {
    kind: "unknown",
    evidence: nearest ? `${seen}; true, but too little: ${nearest.evidence}` : seen,
    next: `npm run logs -- ${slower.scenario.services[0] ?? ""}`,
  };
}

/** Returns whether a metric counts work, and its ratio says nothing about time. */
export function isCountedMetric(metric: Metric): boolean {
  return metric.endsWith(" per operation") && metric !== "cpu per operation";
}

/** Returns why operations failed, if the kernel tells: it killed a process of one of the scenario's services. */
export function causeOfFailure(scenario: ScenarioResult, { resources, killed = [] }: SmokeRun): Cause | undefined {
  if (scenario.status !== "failed") return undefined;
  const ended = killed.find(({ service }) => scenario.services.includes(service));
  if (ended) return outOfMemory({ ...ended, killed: 1 });
  const containers = (resources?.containers ?? []).filter(({ service }) => scenario.services.includes(service));
  for (const { instance, service, memoryLimitMib, samples } of containers) {
    const oomKills = sum(samples.map((sample) => sample.oomKills));
    if (oomKills > 0) return outOfMemory({ instance, service, memoryLimitMib, killed: oomKills });
  }
  return undefined;
}
