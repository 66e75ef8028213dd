import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ERROR_CODES } from "../../stack/core/errors.ts";
import { PROJECT, sourcesOf, withoutComments } from "../support/core/sources.ts";

const codes = Object.entries(ERROR_CODES);

describe("the codes of errors", () => {
  test("must all be in use: a code that nothing ends with promises what does not happen", () => {
    const code = sourcesOf(["stack", "scripts"], [".ts"])
      .filter(({ path }) => path !== "stack/core/errors.ts")
      .map(({ text }) => withoutComments(text))
      .join("\n");
    expect(codes.map(([name]) => name).filter((name) => !code.includes(`"${name}"`))).toEqual([]);
  });

  test("must be the table of the README, with exit codes and meanings", () => {
    const readme = readFileSync(join(PROJECT, "README.md"), "utf8");
    const rows = [...readme.matchAll(/^\| `?([A-Z][A-Z_]+)`? +\| (\d+) +\| (.+?) +\|$/gm)];
    expect(rows.map(([, code, exit, meaning]) => [code, Number(exit), meaning])).toEqual(
      codes.map(([code, { exit, meaning }]) => [code, exit, meaning]),
    );
  });
});
