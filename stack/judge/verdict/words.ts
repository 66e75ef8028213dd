/** The sentences of a verdict: what decided, how sure it is, and what the machine explains. */
import { percentChange } from "../../core/units.ts";
import type { Cause, Comparison } from "../../core/results/verdict.ts";
import type { Explained } from "../controls/explained.ts";
import { lossOf } from "../stats/effect.ts";
import { MARGIN_MAXIMUM } from "./comparison.ts";
import type { Evidence, Line } from "./evidence.ts";
import { lostToOthers } from "./expected.ts";

/** Smaller changes of the machine's speed are not mentioned. */
const NOTABLE_SHIFT = 0.05;

/** "cpu per operation is worse by 20 % to 40 %; 12 % would be no finding". */
export function lossText({ metric, interval, margin }: Comparison): string {
  return `${metric} is worse by ${percentLost(-interval.high)} to ${percentLost(-interval.low)}; ${percentLost(margin)} would be no finding`;
}

/** "a loss of over 14 % is excluded"; "a loss of over 20 % is excluded, of over 14 % not yet". */
export function meetsByTime({ comparison }: Line, least: number, explained: Explained | undefined): string {
  const { margin } = comparison;
  const finer = least > margin ? `, of over ${percentLost(margin)} not yet` : "";
  return joined([`a loss of over ${percentLost(Math.max(margin, least))} is excluded${finer}`, machineText(explained)]);
}

/** "an operation costs no more than before (cpu per operation −2 % to +6 %, ...); the machine gives 31 % less: ...". */
export function meetsByWork(work: readonly Line[], explained: Explained | undefined): string {
  const ranges = work
    .filter(({ comparison: { interval } }) => interval.high > interval.low)
    .map(({ comparison }) => costText(comparison));
  return joined([`an operation costs no more than before (${ranges.join(", ")})`, machineText(explained)]);
}

/**
 * Why nothing is decided. With an estimate of a loss beyond the margin this comes first, with its cause: "probably
 * slower by 34 %: ...". `unsure` are the lines of work that leave open whether an operation costs more.
 */
export function undecided(
  { lines, explained }: Evidence,
  { worst, unsure }: { readonly worst: Line | undefined; readonly unsure: readonly Line[] },
  cause: Cause | undefined,
): string {
  const time = lines.find(({ role }) => role === "time");
  const range = time ? rangeOf(time.comparison, explained) : "no throughput to compare";
  if (worst === undefined) return joined([range, openWork(unsure)]);
  const { metric, effect } = worst.comparison;
  const how =
    metric === "throughput"
      ? `probably slower by ${percentLost(-effect.estimate)}`
      : `probably worse in ${metric} by ${percentLost(-effect.estimate)}`;
  const why = cause === undefined || cause.kind === "unknown" ? "" : `${cause.kind}, ${cause.evidence}; `;
  return `${how}: ${why}${metric === "throughput" ? "" : "throughput "}${range}`;
}

function openWork(unsure: readonly Line[]): string | undefined {
  if (unsure.length === 0) return undefined;
  return `an operation may cost more (${unsure.map(({ comparison }) => costText(comparison)).join(", ")})`;
}

/** "cpu per operation −2 % to +6 %": more is worse. */
function costText({ metric, interval }: Comparison): string {
  return `${metric} ${percentChange(-interval.high)} to ${percentChange(-interval.low)}`;
}

function rangeOf({ margin, interval, prediction: { shift } }: Comparison, explained: Explained | undefined): string {
  if (margin > MARGIN_MAXIMUM)
    return `the blocks vary so much that only a loss of over ${percentLost(margin)} would show`;
  const range = `between ${percentChange(interval.low)} and ${percentChange(interval.high)}, the margin is ${percentLost(margin)}`;
  const others = machineText(explained);
  if (others !== undefined) return joined([range, others]);
  if (Math.abs(shift) < NOTABLE_SHIFT) return range;
  return `${range}, against a prediction: the machine itself is ${shift > 0 ? "slower" : "faster"} by ${percentLost(Math.abs(shift))}`;
}

/** "the machine gives 31 % less: others use 0.9 of 2 cpus"; undefined if it gives what it gave. */
function machineText(explained: Explained | undefined): string | undefined {
  if (explained === undefined) return undefined;
  const { shift } = lostToOthers(explained);
  const disk = explained.sync?.value ?? 0;
  const parts = [
    ...(shift < NOTABLE_SHIFT
      ? []
      : [
          `the machine gives ${percentLost(shift)} less: others use ${explained.coresNow.toFixed(1)} of ${explained.cpus} cpus`,
        ]),
    ...(disk < NOTABLE_SHIFT
      ? []
      : [`a synced write of other services takes ${Math.exp(disk).toFixed(1)} times as long`]),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join("; ");
}

function percentLost(distance: number): string {
  return `${Math.round(lossOf(distance) * 100)} %`;
}
