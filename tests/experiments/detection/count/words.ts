/** Figures in words, for the experiments' tables. */
import type { Proportion } from "./proportion.ts";

/** Returns "14 of 15 [68.1 .. 99.8 %]"; "-" if nothing was counted. */
export function countedText({ successes, trials, low, high }: Proportion): string {
  return trials === 0 ? "-" : `${successes} of ${trials} [${percentText(low)} .. ${percentText(high)} %]`;
}

/** Returns a fraction as a percentage with one decimal: "12.5". */
export function percentText(share: number): string {
  return `${Math.round(share * 1000) / 10}`;
}

/** Returns "2 h 5 min", "12 min", "40 s". */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
