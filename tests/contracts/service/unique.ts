import { expect } from "vitest";

/** Shows what is there twice. */
export function expectUnique(values: readonly (string | number)[]): void {
  expect(values.filter((value, index) => values.indexOf(value) !== index)).toEqual([]);
}
