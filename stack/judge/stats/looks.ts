/**
 * Group-sequential testing. A look is an interim analysis at a planned block count; stricter constants pay for each
 * look.
 */
import { boundaries, crossed, normalUpperTail } from "./spending.ts";

export interface LookConstant {
  /** Critical value of a normal statistic at this look. */
  readonly z: number;
  /** The same as a one-sided probability, for Student's t. */
  readonly tail: number;
}

/** Two-sided, over all looks together; without constants, 5 looks would turn it into 14 %. */
const ERROR = 0.05;

/**
 * Constants for 1 to 5 looks, for two-sided 5 % (one-sided 2.5 %) over all looks together. They are exact for equally
 * spaced looks. Here the first look holds a larger share of the data, which makes the looks more alike and the
 * constants conservative. Source: Pocock, 1977, table 1; nominal levels as in Jennison and Turnbull, 2000, table 2.1.
 */
const POCOCK: readonly LookConstant[] = [
  { z: 1.96, tail: 0.025 },
  { z: 2.178, tail: 0.0147 },
  { z: 2.289, tail: 0.01105 },
  { z: 2.361, tail: 0.0091 },
  { z: 2.413, tail: 0.0079 },
];

/**
 * Block counts of the looks that a time budget is divided for. Every scenario reaches the first one; only undecided
 * scenarios go on.
 */
export const PLANNED_LOOKS: readonly number[] = [6, 9, 12, 15];

/** Blocks of the first look. Fewer give no 95 % interval for a median. */
export const BLOCKS_MINIMUM = PLANNED_LOOKS[0] ?? 6;

/** Looks after these, for time that is left or added: each has a third more blocks, and the last ten times as many. */
export const LATER_LOOKS: readonly number[] = [20, 27, 36, 48, 64, 85, 113, 150];

/**
 * Returns the constant of the look that a scenario with `blocks` blocks has reached: the first of the planned `looks`
 * with as many blocks or more. Up to 5 looks have Pocock's constant. If more are planned, the first four keep theirs,
 * so that a run that ends with them is judged as before. With the spacing of PLANNED_LOOKS they spend 4.5 of the 5 %;
 * later looks share the rest evenly over the logarithm of the blocks (Lan and DeMets, 1983). Throws a RangeError
 * without looks.
 */
export function lookConstant(looks: readonly number[], blocks: number): LookConstant {
  const few = POCOCK[looks.length - 1];
  if (few !== undefined) return few;
  const reached = looks.findIndex((look) => look >= blocks);
  const constant = spendingConstants(looks).at(reached);
  if (constant === undefined) throw new RangeError("a plan without looks decides nothing");
  return constant;
}

const known = new Map<string, readonly LookConstant[]>();

/** Remembers the constants: computing them takes 20 ms, and every comparison asks. */
function spendingConstants(looks: readonly number[]): readonly LookConstant[] {
  const key = looks.join();
  const constants = known.get(key) ?? computed(looks);
  known.set(key, constants);
  return constants;
}

function computed(looks: readonly number[]): readonly LookConstant[] {
  const first = looks.slice(0, PLANNED_LOOKS.length);
  const constant = POCOCK[first.length - 1];
  const start = first.at(-1);
  const end = looks.at(-1);
  if (constant === undefined || start === undefined || end === undefined) return [];
  const spentFirst = crossed(
    first,
    first.map(() => constant.z),
  );
  const before = spentFirst.at(-1) ?? 0;
  const later = looks.slice(first.length);
  const spentLater = later.map((look) => before + ((ERROR - before) * Math.log(look / start)) / Math.log(end / start));
  const z = boundaries(looks, [...spentFirst, ...spentLater]).slice(first.length);
  return [...first.map(() => constant), ...z.map((bound) => ({ z: bound, tail: normalUpperTail(bound) }))];
}
