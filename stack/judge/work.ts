/** The figures of work per operation of measured blocks, by the names that verdicts and reports use. Pure. */
import { mean } from "simple-statistics";
import type { Block } from "../core/results/measurement.ts";
import type { CountedMetric } from "../core/results/verdict.ts";
import type { Work } from "../core/results/work.ts";
import { medianOf } from "./stats/median.ts";

/** Work per operation, the server's cpu included. */
export type WorkMetric = CountedMetric;

export const CPU_PER_OPERATION = "cpu per operation";

/** Returns the figures that all blocks have: cpu first, then what servers count, then what the kernel counts. */
export function workMetrics(blocks: readonly Block[]): readonly WorkMetric[] {
  const [first, ...others] = blocks.map(({ work }) => (work === undefined ? [] : figuresOf(work)));
  const names = (first ?? []).map(([metric]) => metric);
  return names.filter((name) => others.every((figures) => figures.some(([metric]) => metric === name)));
}

/**
 * Returns one figure of a scenario: the median over blocks for cpu, the mean for counts, because the median of a handful
 * of rare events is 0. Undefined if a block lacks it.
 */
export function workFigure(blocks: readonly Block[], metric: WorkMetric): number | undefined {
  const values = workValues(blocks, metric);
  return values && (metric === CPU_PER_OPERATION ? medianOf(values).median : mean([...values]));
}

/** Returns one figure of every block, or undefined if a block lacks it. Cpu is in microseconds. */
function workValues(blocks: readonly Block[], metric: WorkMetric): readonly number[] | undefined {
  const values = blocks.flatMap(({ work }) => (work && workOf(work, metric)) ?? []);
  return blocks.length > 0 && values.length === blocks.length ? values : undefined;
}

/** Returns one figure of one block; undefined if it was not counted. */
export function workOf(work: Work, metric: WorkMetric): number | undefined {
  return figuresOf(work).find(([name]) => name === metric)?.[1];
}

function figuresOf(work: Work): readonly (readonly [metric: WorkMetric, value: number])[] {
  const { serverCpuUs, counted = {}, bytesWritten, bytesRead, packets, contextSwitches } = work;
  const known = {
    cpu: serverCpuUs,
    ...counted,
    "bytes written": bytesWritten,
    "bytes read": bytesRead,
    packets,
    "context switches": contextSwitches,
  };
  return Object.entries(known).flatMap(([name, value]) =>
    value === undefined ? [] : [[`${name} per operation`, value] as const],
  );
}
