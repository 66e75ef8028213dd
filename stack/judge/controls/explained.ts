/** What the controls of one scenario say about this run, compared with the baseline's. Pure. */
import { mean } from "simple-statistics";
import type { Controls, RecordedBaseline } from "../../core/results/baseline.ts";
import { isMeasured, scenarioRuns } from "../../core/results/baseline.ts";
import type { Block, MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import { READING_NOISE } from "./assumptions.ts";
import { learnScenario, waitsForDisk } from "./learn.ts";
import { allOf, clientCpuOf, otherCoresOf, syncsElsewhere, usualSyncsElsewhere } from "./readings.ts";
import { shiftOf, type Shift } from "./shift.ts";

export interface Explained {
  readonly controls: Controls;
  readonly cpus: number;
  /** Cpu of others in cores, hypervisor included. */
  readonly cores: Shift;
  /** The mean of the same during this scenario's blocks. */
  readonly coresNow: number;
  /** ln(cpu per operation of the client). */
  readonly client: Shift;
  /**
   * ln(synced write in other services' containers), by their means; absent if the operation waits for none, or none was
   * measured.
   */
  readonly sync?: Shift;
  /** The same by their medians: what the shortest operations wait for. */
  readonly usualSync?: Shift;
}

/** Returns undefined if a block of this run or of the baseline lacks its readings, as all older ones do. */
export function explainedOf(
  now: MeasuredScenario,
  run: SmokeRun,
  baseline: RecordedBaseline,
  sameHardware: boolean,
): Explained | undefined {
  const taken = baseline.runs.filter(({ scenarios }) =>
    scenarios.some((found) => isMeasured(found) && found.name === now.name),
  );
  const before = scenarioRuns(baseline, now.name).flatMap(({ blocks }) => blocks);
  const controls = baseline.controls?.[now.name] ?? learnScenario(taken, now.name);
  const shift = (read: (block: Block) => number | undefined, noise: number): Shift | undefined => {
    const [here, there] = [allOf(now.blocks, read), allOf(before, read)];
    return here && there && shiftOf(here, there, noise);
  };
  const cores = shift(otherCoresOf, READING_NOISE.otherCores);
  const client = shift(clientCpuOf, READING_NOISE.clientCpu);
  if (controls === undefined || cores === undefined || client === undefined) return undefined;
  const isSynced = sameHardware && waitsForDisk(now) && controls.syncElsewhere !== undefined;
  const sync = isSynced ? syncShift(syncsElsewhere([run, ...taken], now.services)) : undefined;
  const usualSync = isSynced ? syncShift(usualSyncsElsewhere([run, ...taken], now.services)) : undefined;
  return {
    controls,
    cpus: run.fingerprint.cpus,
    cores,
    coresNow: mean(now.blocks.flatMap((block) => otherCoresOf(block) ?? [])),
    client,
    ...(sync && { sync }),
    ...(usualSync && { usualSync }),
  };
}

/** `levels`: of this run, then of the baseline's. */
function syncShift(levels: readonly number[] | undefined): Shift | undefined {
  return levels && shiftOf(levels.slice(0, 1), levels.slice(1), READING_NOISE.syncElsewhere);
}
