/** Nested analysis of variance: how much each level adds. Pure. */
import { mean } from "simple-statistics";

/** Values, or lists of them nested to any depth; every list of one level has the same length. */
export type Nested = number | readonly Nested[];

export interface Component {
  /** Variance that this level adds by itself, by the method of moments; 0 if the estimate is negative. */
  readonly variance: number;
  /** Before it was cut off at 0: a negative estimate says that the level adds too little to be seen. */
  readonly estimate: number;
  /** Degrees of freedom of the level's mean square. */
  readonly df: number;
  /** Share of the sum of all components. */
  readonly share: number;
}

/**
 * Returns the components from the outermost level to the innermost: for values[run][connection][block][window] those of
 * runs, connections, blocks and windows. The mean square of a level estimates its own component times the number of
 * values below each member, plus all that is below; so each component is a difference of neighbouring mean squares.
 * Source: Searle, Casella and McCulloch, Variance Components, 3.6 (balanced data). Throws a RangeError for unbalanced
 * lists, and for a level with a single member.
 */
export function components(values: readonly Nested[]): readonly Component[] {
  const squares = meanSquares(values);
  const raw = squares.map(({ square, below, df }, level) => {
    const inner = squares[level + 1]?.square ?? 0;
    return { estimate: (square - inner) / below, df };
  });
  const total = raw.reduce((sum, { estimate }) => sum + Math.max(0, estimate), 0);
  return raw.map(({ estimate, df }) => {
    const variance = Math.max(0, estimate);
    return { variance, estimate, df, share: total === 0 ? 0 : variance / total };
  });
}

interface MeanSquare {
  readonly square: number;
  readonly df: number;
  /** Number of values below one member of the level. */
  readonly below: number;
}

/** From the outermost level in: the members of all parents of a level are compared with their own parent's mean. */
function meanSquares(values: readonly Nested[]): readonly MeanSquare[] {
  const found: MeanSquare[] = [];
  let parents: readonly (readonly Nested[])[] = [values];
  for (;;) {
    const [size = 0] = parents.map((members) => members.length);
    if (size < 2 || parents.some((members) => members.length !== size)) {
      throw new RangeError("every list of a level needs the same number of members, and two or more");
    }
    const [below = 0] = parents.flat().map((member) => leavesOf(member).length);
    const squares = parents.map((members) => {
      const means = members.map((member) => mean(leavesOf(member)));
      const centre = mean(means);
      return below * means.reduce((sum, each) => sum + (each - centre) ** 2, 0);
    });
    const df = parents.length * (size - 1);
    found.push({ square: squares.reduce((sum, each) => sum + each, 0) / df, df, below });
    const members = parents.flat();
    const lists = members.filter((member) => typeof member !== "number");
    if (lists.length === 0) return found;
    if (lists.length !== members.length) throw new RangeError("every value has to be at the same depth");
    parents = lists;
  }
}

function leavesOf(values: Nested): number[] {
  return typeof values === "number" ? [values] : values.flatMap(leavesOf);
}
