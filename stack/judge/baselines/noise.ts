/** The noise of a baseline in a word, and the warning about one that shows little. Pure. */
import type { RecordedBaseline } from "../../core/results/baseline.ts";
import type { Noise } from "../../core/results/baseline-quality.ts";
import { typicalWidth } from "./width.ts";

/** Upper limits of the loss that the middle scenario excludes. */
const LIMITS: readonly (readonly [limit: number, noise: Noise])[] = [
  /** What a quiet machine reaches with a run of the default length. */
  [0.2, "low"],
  [1 / 3, "moderate"],
  /** Margins beyond half the speed decide nothing (`MARGIN_MAXIMUM`). */
  [0.5, "high"],
];

/** Returns undefined if no scenario can be judged. All runs count. */
export function noiseOfRuns(baseline: RecordedBaseline): Noise | undefined {
  const width = typicalWidth(baseline);
  return width === undefined ? undefined : wordFor(width);
}

/**
 * Returns what a verdict against this baseline has to say about its noise, with the remedy; none if losses of a
 * third would show. All runs count.
 */
export function noiseWarnings(baseline: RecordedBaseline): readonly string[] {
  const width = typicalWidth(baseline);
  if (width === undefined) return [];
  const lost = `${Math.round(100 * width)} %`;
  const remedy = "record it again on a quiet machine: `npm run baseline -- record`";
  switch (wordFor(width)) {
    case "low":
    case "moderate":
      return [];
    case "high":
      return [`the baseline is noisy, so half of its scenarios show only losses of over ${lost}; ${remedy}`];
    case "too high":
      return [
        `the baseline is too noisy to decide much: half of its scenarios would hide a loss of ${lost}; ${remedy}`,
      ];
  }
}

function wordFor(width: number): Noise {
  return LIMITS.find(([limit]) => width <= limit)?.[1] ?? "too high";
}
