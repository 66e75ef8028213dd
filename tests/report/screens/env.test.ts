import { spawnSync } from "node:child_process";
import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { envDocument } from "../../../stack/report/documents/documents.ts";
import { envDocumentOf, envText } from "../../../stack/report/screens/env.ts";

const report = (url: string) => ({ stack: "test", profile: "dev", variables: { STORE_URL: url } });
const URL_TEXT = "redis://app:1M-x2TKJVROs@127.0.0.1:6379";

/** The URL that a shell has after it read the .env file. */
function readBack(url: string): string {
  const script = `${envText(report(url), "dotenv")}\nprintf %s "$STORE_URL"`;
  return spawnSync("sh", ["-c", script], { encoding: "utf8" }).stdout;
}

describe("env", () => {
  test("prints an export a variable for a shell", () => {
    expect(envText(report(URL_TEXT), "shell")).toBe(`export STORE_URL='${URL_TEXT}'`);
  });

  test("a shell that reads it has exactly the URL, whatever is in it", () => {
    const text = string().filter((value) => !value.includes("\0"));
    assert(
      property(text, (url) => {
        const script = `${envText(report(url), "shell")}; printf %s "$STORE_URL"`;
        expect(spawnSync("sh", ["-c", script], { encoding: "utf8" }).stdout).toBe(url);
      }),
      { numRuns: 40 },
    );
  });

  test("a .env file has no quotes where none is needed", () => {
    expect(envText(report(URL_TEXT), "dotenv")).toBe(`STORE_URL=${URL_TEXT}`);
    expect(envText(report("a b#c"), "dotenv")).toBe('STORE_URL="a b#c"');
    expect(envText(report("a&b"), "dotenv")).toBe('STORE_URL="a&b"');
    expect(envText(report("$(id) `id` \\"), "dotenv")).toBe("STORE_URL='$(id) `id` \\'");
  });

  test("a shell that reads a .env file has exactly the URL, whatever is in it", () => {
    for (const url of ["x?a=1&b=2", "a:~root", "$(echo run)", "`echo run`", "it's $HOME", `'"$\`\\`]) {
      expect(readBack(url)).toBe(url);
    }
    const text = string().filter((value) => !value.includes("\0"));
    assert(
      property(text, (url) => {
        expect(readBack(url)).toBe(url);
      }),
      { numRuns: 40 },
    );
  });

  test("as JSON it is an object of names and URLs; --json is the command's document", () => {
    expect(JSON.parse(envText(report(URL_TEXT), "json"))).toEqual({ STORE_URL: URL_TEXT });
    expect(envDocument.parse(envDocumentOf(report(URL_TEXT))).variables).toEqual({ STORE_URL: URL_TEXT });
  });
});
