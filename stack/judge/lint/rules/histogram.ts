/** Compares the two records of a scenario's latencies: the blocks one by one, and one histogram over all blocks. */
import { decodeFromCompressedBase64, type Histogram } from "hdr-histogram-js";
import type { Block, MeasuredScenario } from "../../../core/results/measurement.ts";
import { checkLittle } from "../../stats/little.ts";
import type { Finding } from "../../../core/results/finding.ts";
import type { RecordedScenario } from "../recorded.ts";
import { show } from "./stated.ts";

/** Three significant digits in the histogram, and latencies that were rounded to microseconds. */
const DIGITS = 0.01;
const MICROSECOND_MS = 0.001;
/** Figures read from a file are the same to the last bit; this is far below any edit. */
const SAME = 1e-6;

/** Checks both records against each other. No tolerance for noise is needed: both come from the same operations. */
export function histogramAgainstBlocks({ place, scenario }: RecordedScenario): readonly Finding[] {
  const { blocks } = scenario;
  if (blocks.length === 0) return [finding(place, "there is no block", [])];
  return [
    ...selfChecks(place, scenario),
    ...fewOperations(place, scenario),
    ...againstHistogram(place, blocks, decoded(scenario.histogram)),
  ];
}

/** Checks that the stored deviation from Little's law follows from the block's own figures. */
function selfChecks(place: string, { blocks, clients }: MeasuredScenario): readonly Finding[] {
  return blocks.flatMap(({ throughput, meanMs, littleDeviation }, index) => {
    const { deviation } = checkLittle(clients, throughput, meanMs);
    // An open loop has no such check: its requests follow the clock.
    if (littleDeviation === undefined || Math.abs(deviation - littleDeviation) <= SAME) return [];
    return [
      finding(place, `block ${index + 1}: its figures are not those that its self-check was computed from`, [
        `|${clients} − ${show(throughput)} /s × ${show(meanMs)} ms| / ${clients} = ${show(deviation)}, stored is ${show(littleDeviation)}`,
      ]),
    ];
  });
}

function fewOperations(place: string, { blocks, clients }: MeasuredScenario): readonly Finding[] {
  return blocks.flatMap(({ operations }, index) =>
    operations < clients
      ? [finding(place, `block ${index + 1}: fewer operations than clients`, [`${operations} < ${clients}`])]
      : [],
  );
}

function againstHistogram(
  place: string,
  blocks: readonly Block[],
  histogram: Histogram | undefined,
): readonly Finding[] {
  if (histogram === undefined) return [finding(place, "its histogram cannot be read", [])];
  const operations = blocks.reduce((sum, block) => sum + block.operations, 0);
  const meanMs = blocks.reduce((sum, block) => sum + block.operations * block.meanMs, 0) / operations;
  const found: Finding[] = [];
  if (histogram.totalCount !== operations) {
    found.push(
      finding(place, "the histogram holds another number of operations than the blocks", [
        `${blocks.map((block) => block.operations).join(" + ")} = ${show(operations)}, the histogram has ${show(histogram.totalCount)}`,
      ]),
    );
  }
  if (Math.abs(histogram.mean / 1000 - meanMs) > DIGITS * meanMs + MICROSECOND_MS) {
    found.push(
      finding(place, "the mean of the blocks is not that of the histogram", [
        `${show(meanMs)} ms in the blocks, ${show(histogram.mean / 1000)} ms in the histogram`,
      ]),
    );
  }
  return [
    ...found,
    ...quantile(
      place,
      histogram,
      50,
      blocks.map(({ p50Ms }) => p50Ms),
    ),
    ...quantile(
      place,
      histogram,
      95,
      blocks.flatMap(({ p95Ms }) => p95Ms ?? []),
      blocks.length,
    ),
  ];
}

/** Checks that a percentile of all samples lies between the smallest and the largest one of the blocks. */
function quantile(
  place: string,
  histogram: Histogram,
  percent: number,
  ofBlocks: readonly number[],
  needed = 0,
): readonly Finding[] {
  if (ofBlocks.length < Math.max(1, needed)) return [];
  const all = histogram.getValueAtPercentile(percent) / 1000;
  const [least, greatest] = [Math.min(...ofBlocks), Math.max(...ofBlocks)];
  const slack = DIGITS * all + MICROSECOND_MS;
  if (all >= least - slack && all <= greatest + slack) return [];
  return [
    finding(place, `p${percent} of the histogram is not between those of the blocks`, [
      `${show(all)} ms, and the blocks have ${show(least)} to ${show(greatest)} ms`,
    ]),
  ];
}

function decoded(text: string): Histogram | undefined {
  try {
    return decodeFromCompressedBase64(text);
  } catch {
    return undefined;
  }
}

function finding(place: string, says: string, arithmetic: readonly string[]): Finding {
  return { rule: "histogram and blocks", severity: "impossible", place, lines: [], says, arithmetic: [...arithmetic] };
}
