import * as fc from "fast-check";
import { expect, test } from "vitest";
import { literal, plain } from "../../stack/render/interpolation.ts";

test("every dollar must be doubled, at every depth, and nothing else", () => {
  expect(literal({ a: ["$HOME", 1, null], b: { c: "no dollar" } })).toEqual({
    a: ["$$HOME", 1, null],
    b: { c: "no dollar" },
  });
});

test("what was made literal must be read back as it was", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(plain(literal(value))).toEqual(value);
    }),
  );
});
