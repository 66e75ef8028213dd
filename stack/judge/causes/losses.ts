/** What suspects share: how much of a loss a figure can explain, and how figures are written. Pure. */
import { mean, median } from "simple-statistics";
import type { Cause } from "../../core/results/verdict.ts";
import { LABELS } from "../../core/stack-names.ts";

export interface Suspect extends Cause {
  /** The largest loss that it can explain, on the log scale. */
  readonly explains: number;
}

/** A smaller change of the machine's speed is not worth naming as a cause. */
export const NOTABLE_RATIO = 1.15;

/** Caps a waiting share: one close to 1 would explain an unlimited loss. */
const SHARE_MAXIMUM = 0.98;

/** Returns the loss, on the log scale, of waiting for this share of the time, or of so much less of something. */
export function waiting(share: number): number {
  return -Math.log1p(-Math.min(share, SHARE_MAXIMUM));
}

/** Returns the loss, on the log scale, of an operation that takes `moreMs` longer. */
export function longer(moreMs: number, latencyMs: number): number {
  return Math.log1p(moreMs / latencyMs);
}

export function ratioOf(now: number | undefined, before: number | undefined): number {
  return now === undefined || before === undefined ? 1 : now / before;
}

/** 0 for no values. */
export function average<T>(values: readonly T[], read: (value: T) => number): number {
  return values.length === 0 ? 0 : mean(values.map(read));
}

/** Returns the median of those that have a value; undefined if none has. */
export function middleOf<T>(items: readonly T[], read: (item: T) => number | undefined): number | undefined {
  const values = items.flatMap((item) => read(item) ?? []);
  return values.length === 0 ? undefined : median(values);
}

export function rounded(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(2)));
}

export function durationMs(ms: number): string {
  return ms < 1 ? `${Math.round(ms * 1000)} µs` : `${ms.toPrecision(2)} ms`;
}

/** Returns a shell command that shows something of the container of an instance, whatever its name. */
export function dockerOf(command: "top" | "inspect", instance: string): string {
  return `docker ${command} $(docker ps -q --filter label=${LABELS.instance}=${instance})`;
}
