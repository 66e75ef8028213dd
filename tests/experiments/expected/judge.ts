/** Judges what a group of settings costs, from pairs of windows with the settings on and off. Pure. */
import { mean, sampleVariance } from "simple-statistics";
import type { Effect } from "../../../stack/core/results/verdict.ts";
import { BATCHES_MINIMUM, batchMeans } from "../../../stack/judge/stats/batches.ts";
import { intervalOf, pBelow } from "../../../stack/judge/stats/effect.ts";
import { holm } from "../../../stack/judge/stats/holm.ts";
import type { Observed } from "../variance/results.ts";

export type Window = Pick<Observed, "throughput" | "serverCpuUs" | "clientCpuUs">;

/** Two windows of the same scenario, one after the other. */
export interface PairOfWindows {
  readonly on: Window;
  readonly off: Window;
}

export interface ScenarioPairs {
  readonly scenario: string;
  readonly clients: number;
  readonly pairs: readonly PairOfWindows[];
}

export const VERDICTS = ["under 3 %", "not", "undecided"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The cost of being on, as a share of what it is without: 0.02 is 2 % more. */
export interface Cost {
  readonly estimate: number;
  /** Ends of the two-sided interval of 90 %: each is the one-sided bound of 95 % by which it is judged. */
  readonly low: number;
  readonly high: number;
}

export interface JudgedScenario {
  readonly scenario: string;
  readonly clients: number;
  readonly pairs: number;
  /** Time per operation; absent if the client set the pace, or without enough pairs. */
  readonly time?: Cost;
  /** Cpu of the servers per operation; absent as above, and if none was counted. */
  readonly cpu?: Cost;
  readonly verdict: Verdict;
  /** Why it is undecided. */
  readonly reason?: string;
}

/** A setting that costs less is kept on for its use. */
const LIMIT = Math.log(1.03);
const ERROR = 0.05;
/** Cores of one thread from which on the client sets the pace, as in the load engine's own check. */
const CLIENT_BUSY = 0.8;

/**
 * Judges all scenarios of a group. `not`: after Holm's correction over all lines of the group, one costs more than 3 %.
 * `under 3 %`: the upper bound of time is below, or that of the cpu is and the estimate of time does not contradict; all
 * scenarios have to be, so no correction is needed (an intersection-union test: Berger, 1982).
 */
export function judgeGroup(scenarios: readonly ScenarioPairs[]): {
  readonly scenarios: readonly JudgedScenario[];
  readonly verdict: Verdict;
} {
  const lines = scenarios.map((each) => linesOf(each));
  const all = lines.flatMap(({ time, cpu }) => [time, cpu].filter((line) => line !== undefined));
  const adjusted = holm(all.map((line) => pBelow(negated(line), -LIMIT)));
  const costly = new Set(all.filter((_, index) => (adjusted[index] ?? 1) <= ERROR));
  const judged = scenarios.map(({ scenario, clients, pairs }, index): JudgedScenario => {
    const { time, cpu, reason } = lines[index] ?? {};
    const isCostly = [time, cpu].some((line) => line !== undefined && costly.has(line));
    const isUnder = isBelow(time) || (isBelow(cpu) && (time?.estimate ?? 0) < LIMIT);
    const verdict = isCostly ? "not" : isUnder ? "under 3 %" : "undecided";
    return {
      scenario,
      clients,
      pairs: pairs.length,
      ...(time ? { time: costOf(time) } : {}),
      ...(cpu ? { cpu: costOf(cpu) } : {}),
      verdict,
      ...(verdict === "undecided" ? { reason: reason ?? "the interval reaches over 3 %" } : {}),
    };
  });
  return { scenarios: judged, verdict: wholeOf(judged) };
}

function wholeOf(judged: readonly JudgedScenario[]): Verdict {
  if (judged.some(({ verdict }) => verdict === "not")) return "not";
  return judged.length > 0 && judged.every(({ verdict }) => verdict === "under 3 %") ? "under 3 %" : "undecided";
}

interface Lines {
  readonly time?: Effect;
  readonly cpu?: Effect;
  readonly reason?: string;
}

function linesOf({ pairs }: ScenarioPairs): Lines {
  if (pairs.length < BATCHES_MINIMUM)
    return { reason: `${pairs.length} pairs, and ${BATCHES_MINIMUM} are the fewest that show anything` };
  const isCounted = pairs.every(({ on, off }) => on.serverCpuUs > 0 && off.serverCpuUs > 0);
  const cpu = isCounted
    ? { cpu: effectOf(pairs.map(({ on, off }) => Math.log(on.serverCpuUs / off.serverCpuUs))) }
    : {};
  const paced = pairs.filter(({ on, off }) => [on, off].some((window) => coresOf(window) > CLIENT_BUSY)).length;
  if (2 * paced > pairs.length) return { ...cpu, reason: "the client set the pace" };
  return { ...cpu, time: effectOf(pairs.map(({ on, off }) => Math.log(off.throughput / on.throughput))) };
}

/** The client's own cpu, in cores. */
function coresOf({ throughput, clientCpuUs }: Window): number {
  return (throughput * clientCpuUs) / 1e6;
}

/** Paired t on the log scale; neighbours that other load correlates are batched first. Positive: it costs. */
function effectOf(scores: readonly number[]): Effect {
  const values = [...batchMeans(scores).values];
  const standardError = Math.sqrt(sampleVariance(values) / values.length);
  return { estimate: mean(values), standardError, df: values.length - 1 };
}

function negated(effect: Effect): Effect {
  return { ...effect, estimate: -effect.estimate };
}

function isBelow(line: Effect | undefined): boolean {
  return line !== undefined && pBelow(line, LIMIT) <= ERROR;
}

function costOf(effect: Effect): Cost {
  const { low, high } = intervalOf(effect, ERROR);
  return { estimate: Math.expm1(effect.estimate), low: Math.expm1(low), high: Math.expm1(high) };
}
