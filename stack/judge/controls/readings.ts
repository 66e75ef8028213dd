/** What is read of the controls: for each block, and for a whole run. */
import { mean, median } from "simple-statistics";
import type { Block, SmokeRun } from "../../core/results/measurement.ts";

/** Cpu that others than the stack and its client got during a block, the hypervisor included, in cores. */
export function otherCoresOf({ machine }: Block): number | undefined {
  return machine && machine.otherCores + machine.stealCores;
}

/** ln(cpu per operation) of the client. Undefined without cpu: a block too short for the clock to tick. */
export function clientCpuOf({ work }: Block): number | undefined {
  return logOf(work?.clientCpuUs);
}

/** ln(cpu per operation) of the scenario's own containers; undefined as above. */
export function serverCpuOf({ work }: Block): number | undefined {
  return logOf(work?.serverCpuUs);
}

function logOf(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? Math.log(value) : undefined;
}

/** Returns the values of all blocks, or undefined if a block lacks one. */
export function allOf(
  blocks: readonly Block[],
  read: (block: Block) => number | undefined,
): readonly number[] | undefined {
  const values = blocks.map(read);
  return values.every((value) => value !== undefined) ? values : undefined;
}

type Calibrated = Pick<SmokeRun, "calibration">;

/**
 * Returns, for each run, ln(synced write) in containers of other services than these: the median over the services that
 * all runs have, because a limit of one container slows its own, and a busy disk slows all. Of each service the mean
 * counts, as in the throughput of a closed loop; the median if a run of an older version has no mean. Undefined without
 * any.
 */
export function syncsElsewhere(runs: readonly Calibrated[], own: readonly string[]): readonly number[] | undefined {
  const haveMeans = runs.every(({ calibration }) => calibration?.syncWriteMeanMsOf !== undefined);
  return levelsElsewhere(runs, own, haveMeans ? "syncWriteMeanMsOf" : "syncWriteMsOf");
}

/** The same by the median of each service's writes. */
export function usualSyncsElsewhere(
  runs: readonly Calibrated[],
  own: readonly string[],
): readonly number[] | undefined {
  return levelsElsewhere(runs, own, "syncWriteMsOf");
}

function levelsElsewhere(
  runs: readonly Calibrated[],
  own: readonly string[],
  field: "syncWriteMsOf" | "syncWriteMeanMsOf",
): readonly number[] | undefined {
  const all = runs.map(({ calibration }) => calibration?.[field] ?? {});
  const [first = {}] = all;
  const shared = Object.keys(first).filter(
    (service) => !own.includes(service) && all.every((each) => each[service] !== undefined),
  );
  if (shared.length === 0) return undefined;
  return all.map((each) => median(shared.map((service) => Math.log(each[service] ?? 1))));
}

/** Variance around the mean with divisor n - 1; 0 below two values. */
export function varianceOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean([...values]);
  return values.reduce((total, value) => total + (value - centre) ** 2, 0) / (values.length - 1);
}

/**
 * Returns how much of the variation of a reading is real: 1 less the share of its noise. A reading that varies no more
 * than its noise says nothing. Source: Fuller, Measurement Error Models, 1987, the reliability ratio.
 */
export function reliability(variance: number, noise: number): number {
  return variance <= 0 ? 0 : Math.max(0, 1 - noise ** 2 / variance);
}
