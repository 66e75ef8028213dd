/** What kernel and servers count per operation, and which of it can make a stack `below`. */
import type { Block, MeasuredScenario } from "../../core/results/measurement.ts";
import type { CountedMetric } from "../../core/results/verdict.ts";
import { waitsForDisk } from "../controls/learn.ts";
import type { Measure } from "./metrics.ts";

/** A counted figure, and whether operations wait for it: only then is more of it a finding. */
export interface CountedMeasure {
  readonly measure: Measure;
  readonly decides: boolean;
}

/**
 * Counts below the floor are no work. Scores are -ln(count + floor), so a rise from 0.001 to 0.002 events is none, a
 * rise from 1 to 2 keeps 97 % of its size, and a count of 0 needs no case of its own. A twentieth of a synced write or
 * of a page costs 5 µs of an operation on an SSD; a sector is the least that a disk writes for anybody.
 */
const EVENTS_FLOOR = 0.05;
const BYTES_FLOOR = 512;

/**
 * Assumed for a baseline of one run: group commit, checkpoints and full pages after them change these between runs
 * whose settings are the same.
 */
const VARIATION = 0.15;

/** Change with batching: fewer operations a wakeup, fewer a packet. Who else uses the machine decides that. */
const BATCHED = [
  { name: "context switches", read: ({ work }: Block) => work?.contextSwitches },
  { name: "packets", read: ({ work }: Block) => work?.packets },
] as const;

const KERNEL = [
  { name: "bytes written", read: ({ work }: Block) => work?.bytesWritten },
  { name: "bytes read", read: ({ work }: Block) => work?.bytesRead },
] as const;

/**
 * Returns what all blocks of both runs count. What is read is waited for by every operation. What is written (bytes,
 * synced writes, a log) is waited for by durable writes; elsewhere checkpoints and other background work write when it
 * suits them, which is only shown.
 */
export function countedMeasures(
  scenario: Pick<MeasuredScenario, "cost" | "effect">,
  blocks: readonly Block[],
): readonly CountedMeasure[] {
  const [first] = blocks;
  const names = Object.keys(first?.work?.counted ?? {});
  const own = names.map((name) => ({ name, read: ({ work }: Block) => work?.counted?.[name] }));
  const isWaited = waitsForDisk(scenario);
  return [
    ...[...KERNEL, ...own].map(({ name, read }) => ({
      measure: measureOf(name, read),
      decides: isWaited || /\bread\b/.test(name),
    })),
    ...BATCHED.map(({ name, read }) => ({ measure: measureOf(name, read), decides: false })),
  ].filter(({ measure }) => blocks.every((block) => measure.read(block) !== undefined));
}

function measureOf(name: string, read: Measure["read"]): Measure {
  const metric: CountedMetric = `${name} per operation`;
  const floor = /\bbytes\b/i.test(name) ? BYTES_FLOOR : EVENTS_FLOOR;
  return {
    metric,
    read,
    score: (count) => -Math.log(count + floor),
    shownBy: "mean",
    blocks: "all",
    variation: VARIATION,
    besideOthers: 0,
    follows: "nothing",
  };
}
