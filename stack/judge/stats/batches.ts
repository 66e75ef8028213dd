/** Batch means for series with correlated neighbours: a busy spell of the machine slows several blocks in a row. */
import { mean, sampleVariance } from "simple-statistics";
import { studentQuantile } from "./student.ts";

export interface Batches {
  /** Values per batch; 1 if neighbours are independent. */
  readonly size: number;
  /** The mean of every batch, oldest first. */
  readonly values: readonly number[];
}

/** A median needs this many for an interval of 95 %; more would not leave room for long batches. */
export const BATCHES_MINIMUM = 6;
/** Upper 5 % point of the normal distribution. */
const Z_05 = 1.645;

/**
 * Batch means: the batch size is doubled until von Neumann's ratio no longer shows correlated neighbours (one-sided 5
 * %), or until fewer than 6 batches would be left. Below 12 values nothing is batched. Source: Fishman, Grouping
 * observations in digital simulation, Management Science 24, 1978, which also chooses the size by von Neumann's ratio.
 */
export function batchMeans(values: readonly number[]): Batches {
  let batches: Batches = { size: 1, values };
  while (isCorrelated(batches.values)) {
    const size = 2 * batches.size;
    if (Math.floor(values.length / size) < BATCHES_MINIMUM) break;
    batches = { size, values: meansOf(values, size) };
  }
  return batches;
}

/** Mean with its two-sided 95 % interval by Student's t over batches; undefined below two values. */
export function batchMeansInterval(
  values: readonly number[],
): { readonly mean: number; readonly low: number; readonly high: number } | undefined {
  const batches = batchMeans(values).values;
  const n = batches.length;
  if (n < 2) return undefined;
  const centre = mean([...batches]);
  const half = studentQuantile(0.025, n - 1) * Math.sqrt(sampleVariance([...batches]) / n);
  return { mean: centre, low: centre - half, high: centre + half };
}

/**
 * Σ(xᵢ₊₁ − xᵢ)² / Σ(xᵢ − x̄)²: 2 for independent values, less for correlated neighbours. Its variance is 4(n−2)/(n²−1);
 * from 6 values on, the normal distribution gives its lower 5 % point to two digits. Sources: von Neumann, Annals of
 * Mathematical Statistics 12, 1941; Young, the same volume, on its moments.
 */
export function vonNeumannRatio(values: readonly number[]): number {
  const centre = mean([...values]);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const steps = values.slice(1).reduce((sum, value, index) => sum + (value - (values[index] ?? 0)) ** 2, 0);
  return squares === 0 ? 2 : steps / squares;
}

/** Returns the ratio below which neighbours are correlated, at one-sided 5 %. */
export function vonNeumannLimit(n: number): number {
  return 2 - Z_05 * Math.sqrt((4 * (n - 2)) / (n * n - 1));
}

function isCorrelated(values: readonly number[]): boolean {
  return values.length >= BATCHES_MINIMUM && vonNeumannRatio(values) < vonNeumannLimit(values.length);
}

/** Returns the mean of every `size` values; the first batch takes the remainder. */
export function meansOf(values: readonly number[], size: number): readonly number[] {
  const count = Math.floor(values.length / size);
  const over = values.length - count * size;
  return Array.from({ length: count }, (_, batch) =>
    mean(values.slice(batch === 0 ? 0 : over + batch * size, over + (batch + 1) * size)),
  );
}
