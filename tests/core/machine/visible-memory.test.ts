import { expect, test } from "vitest";
import { isMemoryOf } from "../../../stack/core/machine/visible-memory.ts";
import { bytes, gib } from "../../../stack/core/units.ts";

test.each([
  [2, 0.961],
  [3, 0.947],
  [8, 0.969],
  [16, 0.976],
])("a machine of %i GiB may report %d of it, with room for a kernel that keeps 2 % more", (size, share) => {
  expect(isMemoryOf(bytes(size * share * 2 ** 30), gib(size))).toBe(true);
  expect(isMemoryOf(bytes(size * (share - 0.02) * 2 ** 30), gib(size))).toBe(true);
});

test.each([
  [2, 1.5],
  [3, 2.5],
  [4, 3],
  [4, 5],
  [8, 7],
  [2, 3],
])("a machine of %i GiB is none of %d GiB", (size, other) => {
  expect(isMemoryOf(bytes(other * 0.97 * 2 ** 30), gib(size))).toBe(false);
});
