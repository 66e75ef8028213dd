/** What a metric is expected to be on the machine as it is now: its own speed, and what others take of it. Pure. */
import type { Explained } from "../controls/explained.ts";
import { predictedBy } from "../controls/shift.ts";
import type { MachineChange, Prediction } from "../../core/results/verdict.ts";
import { NO_CHANGE } from "../expectation/predict.ts";
import type { Measure } from "./metrics.ts";

interface Part {
  readonly shift: number;
  readonly error: number;
}

const NONE: Part = { shift: 0, error: 0 };

/**
 * Returns the prediction for one metric. Time follows the machine's own speed, the cpu that others use and the disk as
 * others see it. The client's cpu per operation predicts the server's and no time: a slower disk, a sleep and a longer
 * network raise it too, because fewer operations share a wakeup.
 */
export function expectedOf({ follows }: Measure, machine: Prediction, explained: Explained | undefined): Prediction {
  if (explained === undefined) return machine;
  switch (follows) {
    case "machine":
      return added(machine, [larger(lostToOthers(explained), lostToDisk(explained))], explained);
    case "waits":
      return added(machine, [ofShortest(explained)], explained);
    case "client":
      return added(NO_CHANGE, [predictedBy(explained.controls.clientCpu, explained.client)]);
    case "nothing":
      return NO_CHANGE;
  }
}

/** Returns ln(latency) that the cpu used by others explains; negative if they use less than at the baseline. */
export function lostToOthers({ controls: { otherCores }, cores }: Explained): Part {
  const { shift, error } = predictedBy(otherCores, cores);
  return { shift: -shift, error };
}

function lostToDisk({ controls: { syncElsewhere }, sync }: Explained): Part {
  return syncElsewhere && sync ? predictedBy(syncElsewhere, sync) : NONE;
}

/**
 * The shortest operations wait for a usual synced write, and for none of those that wait for all that others have
 * written. Beside a disk writer the usual one took 25 to 40 % longer, and p5 of durable writes rose by 25 to 50 %, while
 * their throughput fell to a third.
 */
const OF_SHORTEST = { value: 1, error: 0.3 } as const;

function ofShortest({ usualSync }: Explained): Part {
  return usualSync ? predictedBy(OF_SHORTEST, usualSync) : NONE;
}

/**
 * A synced write elsewhere also waits for a cpu, so the larger of both counts where they point the same way; both keep
 * their errors.
 */
function larger(left: Part, right: Part): Part {
  const isAlike = left.shift * right.shift > 0;
  const shift = isAlike
    ? Math.abs(left.shift) > Math.abs(right.shift)
      ? left.shift
      : right.shift
    : left.shift + right.shift;
  return { shift, error: Math.hypot(left.error, right.error) };
}

function added(machine: Prediction, parts: readonly Part[], explained?: Explained): Prediction {
  return {
    shift: parts.reduce((total, { shift }) => total + shift, machine.shift),
    error: Math.hypot(machine.error, ...parts.map(({ error }) => error)),
    changes: [...machine.changes, ...(explained ? changesOf(explained) : [])].toSorted(
      (one, other) => Math.abs(other.logRatio) - Math.abs(one.logRatio),
    ),
  };
}

function changesOf(explained: Explained): readonly MachineChange[] {
  const { shift, error } = lostToOthers(explained);
  const { sync } = explained;
  return [
    ...(shift === 0 ? [] : [{ what: "the same work beside the load of others", logRatio: shift, error }]),
    ...(sync?.value ? [{ what: "a synced write of other services", logRatio: sync.value, error: sync.error }] : []),
  ];
}
