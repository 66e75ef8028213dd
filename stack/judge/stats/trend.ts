/** Fits a line to a series of blocks. */
import { linearRegression, mean } from "simple-statistics";
import { studentUpperTail } from "./student.ts";

export interface Trend {
  /** Change from the first block to the last along the fitted line, as a fraction of the mean. */
  readonly change: number;
  /** Two-sided p-value of "no slope". */
  readonly p: number;
  /** Residuals of the fitted line. */
  readonly residuals: readonly number[];
}

/** Least squares over the block number; undefined below four values, where a slope means nothing. */
export function trendOf(values: readonly number[]): Trend | undefined {
  const n = values.length;
  if (n < 4) return undefined;
  const { m, b } = linearRegression(values.map((value, index) => [index, value]));
  const residuals = values.map((value, index) => value - b - m * index);
  const residual = residuals.reduce((sum, value) => sum + value ** 2, 0);
  const spread = (n * (n * n - 1)) / 12;
  const error = Math.sqrt(residual / (n - 2) / spread);
  const p = error === 0 ? Number(m === 0) : 2 * studentUpperTail(Math.abs(m) / error, n - 2);
  return { change: (m * (n - 1)) / mean([...values]), p, residuals };
}
