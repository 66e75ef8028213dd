/** Orders for sorting. Pure. */

/** Compares by code units; 0 for equal texts, so that a sort leaves them in their order. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
