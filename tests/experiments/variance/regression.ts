/** How much of a figure's variance other figures explain, and each one's part of it. Pure. */
import { mean } from "simple-statistics";

export interface Explained {
  /** Share of the variance that all of them explain together, adjusted for their number; 0 to 1. */
  readonly share: number;
  /** Each one's part of `share`: the mean of what it adds over all orders in which they can be added. */
  readonly parts: Readonly<Record<string, number>>;
  /** Standard deviation of what is left. */
  readonly residual: number;
  readonly df: number;
}

/**
 * Explains `values` by a linear regression. The parts are those of Lindeman, Merenda and Gold (1980): correlated figures
 * share what they explain in common, whatever their order. Lists have one length; undefined if too short to tell.
 */
export function explain(
  values: readonly number[],
  by: Readonly<Record<string, readonly number[]>>,
): Explained | undefined {
  const names = Object.keys(by).filter((name) => squaresOf(by[name] ?? []) > 0);
  const df = values.length - 1 - names.length;
  const total = squaresOf(values);
  if (df < 1 || total === 0) return undefined;
  const known = new Map<string, number>();
  const shareOf = (some: readonly string[]): number => {
    const key = some.toSorted().join("\n");
    const found =
      known.get(key) ??
      1 -
        residualSquares(
          values,
          some.map((name) => by[name] ?? []),
        ) /
          total;
    known.set(key, found);
    return found;
  };
  const orders = permutations(names);
  const raw = shareOf(names);
  const share = Math.max(0, 1 - ((1 - raw) * (values.length - 1)) / df);
  const parts = names.map((name): [string, number] => {
    const added = orders.map((order) => {
      const before = order.slice(0, order.indexOf(name));
      return shareOf([...before, name]) - shareOf(before);
    });
    return [name, raw > 0 ? (mean(added) * share) / raw : 0];
  });
  return { share, parts: Object.fromEntries(parts), residual: Math.sqrt(((1 - raw) * total) / df), df };
}

function squaresOf(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const centre = mean([...values]);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
}

/**
 * Sum of squares left after the regression: each column, and then the values, is made orthogonal to the columns before
 * (Gram and Schmidt, modified). A column that the others determine adds nothing.
 */
function residualSquares(values: readonly number[], columns: readonly (readonly number[])[]): number {
  const basis: (readonly number[])[] = [];
  const without = (column: readonly number[]) => {
    const centre = mean([...column]);
    return basis.reduce(
      (left, unit) => {
        const along = dot(left, unit);
        return left.map((value, index) => value - along * (unit[index] ?? 0));
      },
      column.map((value) => value - centre),
    );
  };
  for (const column of columns) {
    const left = without(column);
    const length = Math.sqrt(dot(left, left));
    if (length > NEGLIGIBLE * Math.sqrt(squaresOf(column))) basis.push(left.map((value) => value / length));
  }
  const left = without(values);
  return dot(left, left);
}

/** Relative length below which a column counts as determined by the others. */
const NEGLIGIBLE = 1e-9;

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

function permutations(names: readonly string[]): readonly (readonly string[])[] {
  if (names.length === 0) return [[]];
  return names.flatMap((first) => permutations(names.filter((name) => name !== first)).map((rest) => [first, ...rest]));
}
