/**
 * Why a scenario is slower than in its baseline: returns one of a closed set of causes, with the figures that show it.
 * Pure.
 */
import { sum } from "simple-statistics";
import type { RecordedBaseline } from "../../core/results/baseline.ts";
import { circumstancesOf } from "./circumstances.ts";
import type { MeasuredScenario, ScenarioResult, SmokeRun } from "../../core/results/measurement.ts";
import {
  clientSuspects,
  limitedDisk,
  limitSuspects,
  otherLoad,
  outOfMemory,
  probeSuspects,
  settingSuspects,
} from "./suspects.ts";
import type { Suspect } from "./suspects.ts";
import type { Cause } from "../../core/results/verdict.ts";

export interface Slower {
  readonly scenario: MeasuredScenario;
  /** The loss on the log scale; above 0. */
  readonly loss: number;
  readonly run: SmokeRun;
  readonly baseline: RecordedBaseline;
}

/** A suspect that explains less than half of a loss is not reported as its cause. */
const SHARE_EXPLAINED = 0.5;

/**
 * In order of precedence, because one cause hides another. A throttled container also answers probes late, so limits
 * come first. Disk and network are judged by their minimum durations, which other load hardly changes; a service that
 * waits for them leaves cpu to others, so they come before other load. Average disk times do change with other load, so
 * they come after it.
 */
const RANKS = [limitSuspects, probeSuspects, otherLoad, limitedDisk, clientSuspects, settingSuspects] as const;

/** Returns the most likely cause of a loss. A baseline without samples counts as one without any bottleneck. */
export function causeOf(slower: Slower): Cause {
  const circumstances = circumstancesOf(slower.scenario, slower.run, slower.baseline);
  const weak: Suspect[] = [];
  for (const suspectsOf of RANKS) {
    const [worst] = suspectsOf(circumstances).toSorted((left, right) => right.explains - left.explains);
    if (worst === undefined) continue;
    const { explains, ...cause } = worst;
    if (explains >= SHARE_EXPLAINED * slower.loss) return cause;
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
