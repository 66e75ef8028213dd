/** Learns how each scenario depends on the machine, from the blocks of a baseline and from assumptions. Pure. */
import { mean } from "simple-statistics";
import { isMeasured, scenarioNames, type Coefficient, type Controls } from "../../core/results/baseline.ts";
import type { Block, MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import { regress, type Estimate, type Row, type Stratum } from "../stats/regression.ts";
import { assumptions, KIND_OF_LOAD, READING_NOISE } from "./assumptions.ts";
import { allOf, clientCpuOf, otherCoresOf, reliability, serverCpuOf, syncsElsewhere, varianceOf } from "./readings.ts";

/** The least noise of a block and of a whole run on the log scale: no machine was seen to vary less. */
const LEAST_NOISE = 0.03;

/**
 * Returns the controls of every scenario whose blocks have them in all runs; undefined if there is none. Blocks tell the
 * slope by how they differ within their run, and runs by their means. Both are centred, so what one run is slower as a
 * whole than another teaches only what the runs' own means do.
 */
export function learnControls(runs: readonly SmokeRun[]): Readonly<Record<string, Controls>> | undefined {
  const names = scenarioNames(runs);
  const found = names.flatMap((name) => {
    const controls = learnScenario(runs, name);
    return controls ? [[name, controls] as const] : [];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Returns the controls of one scenario; undefined if a block of it lacks them, or if nothing was measured. */
export function learnScenario(runs: readonly SmokeRun[], name: string): Controls | undefined {
  const taken = runs.flatMap((run) => {
    const scenario = run.scenarios.filter(isMeasured).find((each) => each.name === name);
    return scenario && scenario.blocks.length > 0 ? [{ run, scenario }] : [];
  });
  const [first] = taken;
  if (first === undefined) return undefined;
  const blocks = taken.map(({ scenario }) => scenario.blocks);
  const cores = readings(blocks, otherCoresOf);
  const client = readings(blocks, clientCpuOf);
  const server = readings(blocks, serverCpuOf);
  const speed = readings(blocks, ({ throughput }) => Math.log(throughput));
  if (!cores || !client || !server || !speed) return undefined;
  const assumed = assumptions(first.run.fingerprint.cpus);
  const syncs = waitsForDisk(first.scenario)
    ? syncsElsewhere(
        taken.map(({ run }) => run),
        first.scenario.services,
      )
    : undefined;
  const [otherCores, sync] = regress(strata(speed, cores, READING_NOISE.otherCores, syncs), [
    assumed.otherCores,
    ...(syncs ? [turned(assumed.syncElsewhere)] : []),
  ]);
  const [clientCpu] = regress(strata(server, client, READING_NOISE.clientCpu), [assumed.clientCpu]);
  return {
    otherCores: kept(otherCores, assumed.otherCores),
    clientCpu: kept(clientCpu, assumed.clientCpu),
    ...(sync && { syncElsewhere: kept(turned(sync), assumed.syncElsewhere) }),
  };
}

/** Returns whether the answer to an operation waits for a synced write. */
export function waitsForDisk({ cost, effect }: Pick<MeasuredScenario, "cost" | "effect">): boolean {
  return cost === undefined ? effect === "durable write" : cost.syncs > 0;
}

type ByRun = readonly (readonly number[])[];

function readings(blocks: readonly (readonly Block[])[], read: (block: Block) => number | undefined) {
  const values = blocks.flatMap((run) => [allOf(run, read) ?? []]);
  return values.every(({ length }) => length > 0) ? values : undefined;
}

/** Blocks within their run, and the runs' means. `perRun` is a second reading that a run has once. */
function strata(y: ByRun, x: ByRun, noise: number, perRun?: readonly number[]): readonly Stratum[] {
  const blocks = x.flat().length;
  const within = x.map(centred);
  const realWithin = reliability(sumOfSquares(within.flat()) / Math.max(1, blocks - x.length), noise);
  const means = x.map((run) => mean([...run]));
  const realBetween = reliability(varianceOf(means), noise / Math.sqrt(blocks / x.length));
  const once = perRun ? [scaled(centred(perRun), reliability(varianceOf(perRun), READING_NOISE.syncElsewhere))] : [];
  const ofBlocks = y.map(centred).flatMap((run, index) =>
    run.map((value, block): Row => ({
      x: [realWithin * (within[index]?.[block] ?? 0), ...once.map(() => 0)],
      y: value,
    })),
  );
  const levels = scaled(centred(means), realBetween);
  const ofRuns = centred(y.map((run) => mean([...run]))).map((value, run): Row => ({
    x: [levels[run] ?? 0, ...once.map((values) => values[run] ?? 0)],
    y: value,
  }));
  return [
    { rows: ofBlocks, leastNoise: LEAST_NOISE, centred: y.length },
    { rows: ofRuns, leastNoise: LEAST_NOISE, centred: 1 },
  ];
}

function scaled(values: readonly number[], factor: number): readonly number[] {
  return values.map((value) => factor * value);
}

function centred(values: readonly number[]): readonly number[] {
  const centre = mean([...values]);
  return values.map((value) => value - centre);
}

function sumOfSquares(values: readonly number[]): number {
  return values.reduce((total, value) => total + value ** 2, 0);
}

function kept(found: Estimate | undefined, assumed: Coefficient): Coefficient {
  if (found === undefined) return assumed;
  return { value: found.value, error: Math.max(found.error, KIND_OF_LOAD * assumed.error) };
}

/** A latency's coefficient is a throughput's with the other sign. */
function turned({ value, error }: Estimate): Estimate {
  return { value: -value, error };
}
