/** Which window length decides most in a given time. Pure. */
import type { Component } from "./nested.ts";

/** Below, the timer and the scheduler are measured; above, a block is too long for the looks of a run. */
const SHORTEST_MS = 80;
const LONGEST_MS = 1000;

export interface Levels {
  readonly connections: Pick<Component, "variance">;
  readonly blocks: Pick<Component, "variance">;
  readonly windows: Pick<Component, "variance">;
  /** Length of the windows of the innermost level. */
  readonly windowMs: number;
  /** What a block costs beside its window: connecting, warm-up, closing. */
  readonly overheadMs: number;
}

/**
 * Returns the length L of a block's window with the smallest error. In a time S fit n = S / (overhead + L) blocks, whose
 * mean has the variance (σ²connections + σ²blocks + σ²windows · l / L) / n, where l is the measured window's length; its
 * minimum is at L² = overhead · l · σ²windows / (σ²connections + σ²blocks).
 */
export function bestWindowMs({ connections, blocks, windows, windowMs, overheadMs }: Levels): number {
  const between = connections.variance + blocks.variance;
  const best = between === 0 ? LONGEST_MS : Math.sqrt((overheadMs * windowMs * windows.variance) / between);
  return Math.round(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, best)));
}

/** Returns the standard error on the log scale of a mean of blocks with windows of this length, within a time. */
export function errorWithin(timeMs: number, lengthMs: number, levels: Levels): number {
  const { connections, blocks, windows, windowMs, overheadMs } = levels;
  const count = timeMs / (overheadMs + lengthMs);
  const one = connections.variance + blocks.variance + (windows.variance * windowMs) / lengthMs;
  return Math.sqrt(one / count);
}
