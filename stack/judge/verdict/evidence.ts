/** The evidence on one scenario: a line for each metric, and what each may decide. Pure. */
import type { Explained } from "../controls/explained.ts";
import type { MeasuredScenario } from "../../core/results/measurement.ts";
import type { Comparison, Prediction } from "../../core/results/verdict.ts";
import { compareMeasure, type Compared, type Conditions } from "./comparison.ts";
import { countedMeasures } from "./counted.ts";
import { expectedOf } from "./expected.ts";
import { TIME, WORK, type Measure } from "./metrics.ts";

/**
 * `time` and `work` can each show a loss, and each can show that there is none. `tail` shows a loss only. `shown` decides
 * nothing.
 */
type Role = "time" | "tail" | "work" | "shown";

export interface Line extends Compared {
  readonly role: Role;
  /** Without the loss that scenarios of other services have too; absent if there is none, or nothing excuses it. */
  readonly excused?: Comparison;
}

export interface Evidence {
  readonly now: MeasuredScenario;
  readonly runs: readonly MeasuredScenario[];
  readonly lines: readonly Line[];
  /** One-sided probabilities at the look that the scenario has reached: of a bound of an interval, and of a loss. */
  readonly tail: number;
  readonly lossTail: number;
  /** Absent if the blocks of a side have no controls: then only time is compared. */
  readonly explained?: Explained;
}

export interface EvidenceInput {
  readonly now: MeasuredScenario;
  readonly runs: readonly MeasuredScenario[];
  readonly conditions: Omit<Conditions, "explained" | "isAsBefore">;
  readonly lossTail: number;
  /** The machine's own speed. */
  readonly machine: Prediction;
  readonly explained: Explained | undefined;
  /** Whether the machine gives what it gave at the baseline, or more: a tail follows whoever else runs. */
  readonly isAsBefore: boolean;
}

export function evidenceOf(input: EvidenceInput): Evidence {
  const { now, runs, conditions, machine, explained, isAsBefore } = input;
  const head = { now, runs, tail: conditions.tail, lossTail: input.lossTail };
  const all = { ...conditions, isAsBefore, ...(explained && { explained }) };
  const line = (measure: Measure, role: Role): readonly Line[] => {
    const compared = compareMeasure(measure, { now, runs }, all, expectedOf(measure, machine, explained));
    return compared ? [{ ...compared, role }] : [];
  };
  const blocks = [...now.blocks, ...runs.flatMap((run) => run.blocks)];
  const time = TIME.flatMap((measure) => line(measure, roleOfTime(measure, isAsBefore)));
  if (explained === undefined) return { ...head, lines: time };
  const work = WORK.flatMap((measure) => line(measure, "work"));
  const counted = countedMeasures(now, blocks).flatMap(({ measure, decides }) =>
    line(measure, decides ? "work" : "shown"),
  );
  return { ...head, lines: [...time, ...work, ...counted], explained };
}

function roleOfTime({ metric }: Measure, isAsBefore: boolean): Role {
  if (metric === "throughput") return "time";
  return isAsBefore ? "tail" : "shown";
}
