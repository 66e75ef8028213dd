/** Correction for testing several hypotheses at once. */

/**
 * Returns p-values adjusted by Holm's step-down method, in the given order. Rejecting where adjusted ≤ α keeps the
 * chance of even one false rejection in the family at or below α, for any dependence. Source: Holm, 1979.
 */
export function holm(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((p, index) => ({ p, index })).toSorted((left, right) => left.p - right.p);
  const adjusted = pValues.map(() => 1);
  let highest = 0;
  for (const [rank, { p, index }] of order.entries()) {
    highest = Math.max(highest, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = highest;
  }
  return adjusted;
}
