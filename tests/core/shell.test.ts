import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { shellQuoted, shellValue } from "../../stack/core/shell.ts";

const assigned = (value: string) =>
  spawnSync("sh", ["-c", `value=${value}\nprintf %s "$value"`], { encoding: "utf8" }).stdout;

test("what a shell takes as it is must stay without quotes", () => {
  for (const text of ["204MB", "0.9", "allkeys-lru", "a/b:c,d=e@f%g+h_i", ""]) expect(shellValue(text)).toBe(text);
});

test.for(["$(id)", "`id`", "$HOME", "it's", '"two" words', "a;b", "a&b", "~root", "a*", "\\", "# no comment", "!x"])(
  "%j must be a text and nothing else",
  (text) => {
    expect(assigned(shellValue(text))).toBe(text);
    expect(assigned(shellQuoted(text))).toBe(text);
  },
);

test("a shell must read exactly the text, whatever is in it", () => {
  const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0"));
  fc.assert(
    fc.property(text, (value) => {
      expect(assigned(shellValue(value))).toBe(value);
    }),
    { numRuns: 40 },
  );
});
