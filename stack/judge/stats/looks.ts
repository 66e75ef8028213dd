/**
 * Group-sequential testing. A look is an interim analysis at a planned block count; stricter constants pay for each
 * look.
 */

export interface LookConstant {
  /** Critical value of a normal statistic at every look. */
  readonly z: number;
  /** The same as a one-sided probability, for Student's t. */
  readonly tail: number;
}

/**
 * Constants for 1 to 5 looks, for two-sided 5 % (one-sided 2.5 %) over all looks together; without them, 5 looks would
 * turn 5 % into 14 %. They are exact for equally spaced looks. Here the first look holds a larger share of the data,
 * which makes the looks more alike and the constants conservative. Source: Pocock, 1977, table 1; nominal levels as in
 * Jennison and Turnbull, 2000, table 2.1.
 */
const POCOCK: readonly LookConstant[] = [
  { z: 1.96, tail: 0.025 },
  { z: 2.178, tail: 0.0147 },
  { z: 2.289, tail: 0.01105 },
  { z: 2.361, tail: 0.0091 },
  { z: 2.413, tail: 0.0079 },
];

/** Block counts of the planned looks. Every scenario reaches the first one; only undecided scenarios go on. */
export const PLANNED_LOOKS: readonly number[] = [6, 9, 12, 15];

/** Returns the constant for a number of planned looks (1 … 5). Throws a RangeError for any other number. */
export function lookConstant(looks: number): LookConstant {
  const constant = POCOCK[looks - 1];
  if (constant === undefined)
    throw new RangeError(`no constant for ${looks} looks: 1 to ${POCOCK.length} are tabulated`);
  return constant;
}
