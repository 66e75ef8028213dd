import { expect } from "vitest";

/** Vitest's matcher without its `any`. */
export function containing(text: string): unknown {
  return expect.stringContaining(text);
}

/** The value, which the test knows to be there. */
export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the test expected a value here");
  return value;
}
