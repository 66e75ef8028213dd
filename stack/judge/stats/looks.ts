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

/** Two-sided, over all looks together; without constants, 5 looks would turn 5 % into 14 %. */
export type LooksError = 0.05 | 0.1;

/**
 * Constants z for 1 to 5 looks. They are exact for equally spaced looks. Here the first look holds a larger share of the
 * data, which makes the looks more alike and the constants conservative. Source: Pocock, 1977, table 1; Jennison and
 * Turnbull, 2000, table 2.1.
 */
const POCOCK: Readonly<Record<LooksError, readonly number[]>> = {
  0.05: [1.96, 2.178, 2.289, 2.361, 2.413],
  0.1: [1.645, 1.875, 1.992, 2.067, 2.122],
};

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
 * so that a run that ends with them is judged as before. With the spacing of PLANNED_LOOKS they spend nine tenths of the
 * error; later looks share the rest evenly over the logarithm of the blocks (Lan and DeMets, 1983). Throws a RangeError
 * without looks.
 */
export function lookConstant(looks: readonly number[], blocks: number, error: LooksError = 0.05): LookConstant {
  const few = POCOCK[error][looks.length - 1];
  if (few !== undefined) return constantOf(few);
  const reached = looks.findIndex((look) => look >= blocks);
  const constant = spendingConstants(looks, error).at(reached);
  if (constant === undefined) throw new RangeError("a plan without looks decides nothing");
  return constant;
}

/**
 * Returns the one-sided probability of each bound of an interval that shows that nothing is lost: such an equivalence has
 * 5 % on each side. Source: Schuirmann, 1987, two one-sided tests.
 */
export function equivalenceTail(looks: readonly number[], blocks: number): number {
  return lookConstant(looks, blocks, 0.1).tail;
}

const known = new Map<string, readonly LookConstant[]>();

/** Remembers the constants: computing them takes 20 ms, and every comparison asks. */
function spendingConstants(looks: readonly number[], error: LooksError): readonly LookConstant[] {
  const key = `${error}: ${looks.join()}`;
  const constants = known.get(key) ?? computed(looks, error);
  known.set(key, constants);
  return constants;
}

function computed(looks: readonly number[], error: LooksError): readonly LookConstant[] {
  const first = looks.slice(0, PLANNED_LOOKS.length);
  const z = POCOCK[error][first.length - 1];
  const start = first.at(-1);
  const end = looks.at(-1);
  if (z === undefined || start === undefined || end === undefined) return [];
  const spentFirst = crossed(
    first,
    first.map(() => z),
  );
  const before = spentFirst.at(-1) ?? 0;
  const later = looks.slice(first.length);
  const spentLater = later.map((look) => before + ((error - before) * Math.log(look / start)) / Math.log(end / start));
  const bounds = boundaries(looks, [...spentFirst, ...spentLater]).slice(first.length);
  return [...first.map(() => z), ...bounds].map(constantOf);
}

function constantOf(z: number): LookConstant {
  return { z, tail: normalUpperTail(z) };
}
