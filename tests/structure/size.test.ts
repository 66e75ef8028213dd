import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { PROJECT, sourcesOf, withoutComments } from "../support/core/sources.ts";

const MOST_LINES = 300;
const MOST_LINES_OF_A_FUNCTION = 80;
/** An entry point parses, calls, reports; what is more belongs into scripts/lib. */
const MOST_LINES_OF_AN_ENTRY_POINT = 40;

const linesOf = (text: string) => text.replace(/\n$/, "").split("\n").length;
const files = sourcesOf(["stack", "scripts"], [".ts", ".mjs", ".sh", "Dockerfile"]);

const limit = z.tuple([z.literal("error"), z.looseObject({ max: z.number() })]);
const lint = z.looseObject({
  rules: z.looseObject({ "max-lines": limit, "max-lines-per-function": limit }),
  overrides: z.array(z.looseObject({ files: z.array(z.string()), rules: z.record(z.string(), z.unknown()) })),
});

describe("a file", () => {
  test("must be short enough to be read at once", () => {
    const long = files
      .filter(({ text }) => linesOf(text) > MOST_LINES)
      .map(({ path, text }) => `${path}: ${linesOf(text)}`);
    expect(long).toEqual([]);
  });

  test("that starts a command must only lead to what does the work", () => {
    const entries = files.filter(({ path }) => /^scripts\/[^/]+\.ts$/.test(path));
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.filter(({ text }) => linesOf(text) > MOST_LINES_OF_AN_ENTRY_POINT).map(({ path }) => path)).toEqual(
      [],
    );
  });
});

test("lint must refuse long files and long functions everywhere but in tests", () => {
  const { rules, overrides } = lint.parse(
    JSON.parse(withoutComments(readFileSync(join(PROJECT, ".oxlintrc.json"), "utf8"))),
  );
  expect(rules["max-lines"][1].max).toBeLessThanOrEqual(MOST_LINES);
  expect(rules["max-lines-per-function"][1].max).toBeLessThanOrEqual(MOST_LINES_OF_A_FUNCTION);
  const loosened = overrides.filter(({ rules: own }) => Object.keys(own).some((name) => name.startsWith("max-lines")));
  expect(loosened.flatMap(({ files: where }) => where)).toEqual(["tests/**"]);
});
