/** Linear regression with assumptions: few and quiet data keep them, many and varied data outweigh them. */
import { median } from "simple-statistics";

/** One observation, as deviations from the mean of its group, so that there is no intercept. */
export interface Row {
  readonly x: readonly number[];
  readonly y: number;
}

/** What is assumed of a coefficient, or known after the data: normal, with this standard error. */
export interface Estimate {
  readonly value: number;
  readonly error: number;
}

/** Rows whose noise is alike: of blocks, or of whole runs. */
export interface Stratum {
  readonly rows: readonly Row[];
  /** The least standard deviation of the noise: a handful of rows may seem to have none. */
  readonly leastNoise: number;
  /** Values that centring used up: they are no evidence of how large the noise is. */
  readonly centred: number;
}

/** Residuals beyond this many deviations count less. Source: Huber, 1964; 95 % efficient for normal noise. */
const HUBER = 1.345;
/** Median of |normal| is this many standard deviations. */
const MAD_OF_NORMAL = 0.6745;
/** Weights settle within a few rounds. */
const ROUNDS = 20;

/**
 * Returns the posterior mean and error of each coefficient, for independent normal assumptions and noise that is
 * estimated by stratum from the residuals' median, with Huber's weights. Closed form given the weights: precision P = Λ
 * + Σ w·x·xᵀ/σ², mean P⁻¹(Λ·b + Σ w·x·y/σ²). Source: Gelman et al., Bayesian Data Analysis, 14.8.
 */
export function regress(strata: readonly Stratum[], assumed: readonly Estimate[]): readonly Estimate[] {
  let found = assumed;
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = posterior(strata, assumed, found);
    const moved = Math.max(...next.map(({ value }, index) => Math.abs(value - (found[index]?.value ?? value))));
    found = next;
    if (moved < 1e-9) break;
  }
  return found;
}

function posterior(
  strata: readonly Stratum[],
  assumed: readonly Estimate[],
  current: readonly Estimate[],
): readonly Estimate[] {
  const precision = assumed.map((_, row) => assumed.map(({ error }, column) => (row === column ? error ** -2 : 0)));
  const target = assumed.map(({ value, error }) => value / error ** 2);
  for (const stratum of strata) {
    const residuals = stratum.rows.map(({ x, y }) => y - dot(x, current));
    const sigma = noiseOf(residuals, stratum);
    for (const [index, { x, y }] of stratum.rows.entries()) {
      const weight = huber((residuals[index] ?? 0) / sigma) / sigma ** 2;
      for (const [row, left] of x.entries()) {
        target[row] = (target[row] ?? 0) + weight * left * y;
        const line = precision[row] ?? [];
        for (const [column, right] of x.entries()) line[column] = (line[column] ?? 0) + weight * left * right;
      }
    }
  }
  const inverse = inverseOf(precision);
  return inverse.map((line, index) => ({
    value: line.reduce((total, value, column) => total + value * (target[column] ?? 0), 0),
    error: Math.sqrt(line[index] ?? 0),
  }));
}

function noiseOf(residuals: readonly number[], { leastNoise, centred }: Stratum): number {
  if (residuals.length <= centred) return leastNoise;
  const spread = median(residuals.map(Math.abs)) / MAD_OF_NORMAL;
  return Math.max(leastNoise, spread * Math.sqrt(residuals.length / (residuals.length - centred)));
}

function huber(deviations: number): number {
  const distance = Math.abs(deviations);
  return distance <= HUBER ? 1 : HUBER / distance;
}

function dot(x: readonly number[], coefficients: readonly Estimate[]): number {
  return x.reduce((total, value, index) => total + value * (coefficients[index]?.value ?? 0), 0);
}

/**
 * Inverts a small symmetric positive definite matrix by Gauss and Jordan's elimination; such a matrix needs no pivoting.
 * Assumptions with an error make the precision positive definite whatever the data are.
 */
function inverseOf(matrix: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const n = matrix.length;
  let rows = matrix.map((line, row) => [...line, ...matrix.map((_, column) => (row === column ? 1 : 0))]);
  for (let pivot = 0; pivot < n; pivot += 1) {
    const divisor = rows[pivot]?.[pivot] ?? 1;
    const scaled = (rows[pivot] ?? []).map((value) => value / divisor);
    rows = rows.map((line, row) => {
      const factor = line[pivot] ?? 0;
      return row === pivot ? scaled : line.map((value, column) => value - factor * (scaled[column] ?? 0));
    });
  }
  return rows.map((line) => line.slice(n));
}
