/** Percentiles rise, and the mean lies within the bounds that they give. */
import type { MeasuredScenario } from "../../../core/results/measurement.ts";
import type { ReferenceRow } from "../../../core/results/reference.ts";
import { toolOf, type Source, placeOfRows } from "../figures.ts";
import type { Finding } from "../../../core/results/finding.ts";
import { overlaps, type Interval } from "./interval.ts";
import { readOutput } from "../read-output.ts";
import type { RecordedScenario } from "../recorded.ts";
import { fourDigits, showInterval, statedNumber } from "./stated.ts";

export interface Distribution {
  readonly place: string;
  readonly lines: readonly number[];
  /** Name of the measured quantity. */
  readonly what: string;
  /** Rising shares of the samples in percent; 100 is the largest sample. */
  readonly percentiles: readonly { readonly percent: number; readonly ms: Interval }[];
  readonly mean?: Interval | undefined;
}

export function percentilesInDocument(source: Source): readonly Finding[] {
  return [...source.document.rows.map((row) => rowDistribution(source, row)), ...outputDistributions(source)].flatMap(
    checkDistribution,
  );
}

export function percentilesInBlocks({ place, scenario }: RecordedScenario): readonly Finding[] {
  return scenario.blocks.flatMap((block, index) => checkDistribution(blockDistribution(place, block, index)));
}

/** Checks both rules for one distribution. */
export function checkDistribution(distribution: Distribution): readonly Finding[] {
  return [...checkOrder(distribution), ...checkMean(distribution)];
}

function checkOrder({ place, lines, what, percentiles }: Distribution): readonly Finding[] {
  const falls = percentiles.flatMap((here, index) => {
    const next = percentiles[index + 1];
    return next !== undefined && next.ms.high < here.ms.low ? [{ here, next }] : [];
  });
  return falls.map(({ here, next }) => ({
    rule: "percentile order" as const,
    severity: "impossible" as const,
    place,
    lines: [...lines],
    says: `${what}: ${percentName(next.percent)} is below ${percentName(here.percent)}`,
    arithmetic: [`${showMs(next.ms)} < ${showMs(here.ms)}`],
  }));
}

/**
 * The samples between two percentiles are at least the lower and at most the upper one. The sum of shares × lower ends
 * is the smallest possible mean, × upper ends the largest. Without a maximum there is no largest mean.
 */
function checkMean({ place, lines, what, percentiles, mean }: Distribution): readonly Finding[] {
  if (mean === undefined || percentiles.length === 0) return [];
  let before = { percent: 0, low: 0 };
  let [least, greatest] = [0, 0];
  for (const { percent, ms } of percentiles) {
    const share = (percent - before.percent) / 100;
    least += share * before.low;
    greatest += share * ms.high;
    before = { percent, low: ms.low };
  }
  const rest = (100 - before.percent) / 100;
  const allowed = { low: least + rest * before.low, high: rest > 0 ? Infinity : greatest };
  if (overlaps(mean, allowed)) return [];
  const known = percentiles.map(({ percent, ms }) => `${percentName(percent)} ${showMs(ms)}`).join(", ");
  return [
    {
      rule: "mean within percentiles",
      severity: "impossible",
      place,
      lines: [...lines],
      says: `${what}: the mean cannot be ${showMs(mean)}`,
      arithmetic: [`${known} allow a mean from ${fourDigits(allowed.low)} to ${fourDigits(allowed.high)} ms`],
    },
  ];
}

function rowDistribution(source: Source, row: ReferenceRow): Distribution {
  const ranks = [
    [50, row.p50Ms],
    [95, row.p95Ms],
    [99, row.p99Ms],
    [100, row.maxMs],
  ] as const;
  return {
    place: placeOfRows(source, row.table),
    lines: [row.line],
    what: row.operation,
    percentiles: ranks.flatMap(([percent, ms]) => (ms === undefined ? [] : [{ percent, ms: statedNumber(ms, "ms") }])),
    mean: row.meanMs === undefined ? undefined : statedNumber(row.meanMs, "ms"),
  };
}

function outputDistributions(source: Source): readonly Distribution[] {
  return source.document.toolOutputs.flatMap((output) => {
    const tool = toolOf(source, output.tool);
    if (tool === undefined) return [];
    const { percentiles, values } = readOutput(output, tool);
    return [{ place: output.section, lines: [output.line], what: output.id, percentiles, mean: values.get("meanMs") }];
  });
}

/** The histogram behind a block's percentiles has 3 significant digits; its mean is exact. */
const DIGITS = 0.01;
const MICROSECOND_MS = 0.001;

function blockDistribution(place: string, block: MeasuredScenario["blocks"][number], index: number): Distribution {
  const p5 = block.p5Ms === undefined ? [] : [{ percent: 5, ms: short(block.p5Ms) }];
  const p95 = block.p95Ms === undefined ? [] : [{ percent: 95, ms: about(block.p95Ms) }];
  return {
    place,
    lines: [],
    what: `block ${index + 1}`,
    percentiles: [...p5, { percent: 50, ms: about(block.p50Ms) }, ...p95],
    mean: about(block.meanMs),
  };
}

function about(ms: number): Interval {
  return { low: ms * (1 - DIGITS), high: ms * (1 + DIGITS) };
}

/** Short latencies are whole microseconds, which can be more than their share of the digits. */
function short(ms: number): Interval {
  const { low, high } = about(ms);
  return { low: Math.max(0, low - MICROSECOND_MS), high: high + MICROSECOND_MS };
}

function percentName(percent: number): string {
  return percent === 100 ? "the maximum" : `p${percent}`;
}

function showMs(interval: Interval): string {
  return `${showInterval(interval)} ms`;
}
