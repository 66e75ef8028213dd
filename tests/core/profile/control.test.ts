import { describe, expect, test } from "vitest";
import { formatProblem } from "../../../stack/core/profile/problem.ts";
import { parseProfile } from "../../../stack/core/profile/profile.ts";
import { problemsOf, RUNTIMES, SERVICES, source } from "../../support/core/profile-fixtures.ts";

const EXPECTED = "expected a text on one line without control characters";
const GOOD = "services: { store: true }\n";

describe("a control character in a text of a profile", () => {
  test.for<readonly [text: string, problem: string]>([
    ['description: "a\\nb"', "2:14: description: found a line break"],
    ['description: "a\\0b"', "2:14: description: found the control character U+0000"],
    ['description: "\\e[2J"', "2:14: description: found the control character U+001B"],
    ['description: "a\\rb"', "2:14: description: found the control character U+000D"],
    ['description: "a\\tb"', "2:14: description: found the control character U+0009"],
    ['description: "a\\Nb"', "2:14: description: found the control character U+0085"],
    ['description: "a\\Lb"', "2:14: description: found the control character U+2028"],
    ['description: "a\\Pb"', "2:14: description: found the control character U+2029"],
    ['description: "a\\u202eb"', "2:14: description: found the control character U+202E"],
    ["description: a\u001Bb", "2:14: description: found the control character U+001B"],
    ["description: a\u2028b", "2:14: description: found the control character U+2028"],
    ['extends: "base\\n"', "2:10: extends: found a line break"],
  ])("%j must be refused at its place", ([text, problem]) => {
    const expected = `profiles/wanted.yaml:${problem}, ${EXPECTED}`;
    expect(problemsOf({ wanted: `${GOOD}${text}\n`, base: "" })).toContain(expected);
  });

  test("must be refused in a setting, an option and a key, and in a parent's file too", () => {
    const wanted = [
      "extends: base",
      "services:",
      "  store:",
      '    mode: "no\\ne"',
      "    settings:",
      '      pool_mode: "transaction\\nauth_type = any"',
      '      "jit\\e": x',
    ].join("\n");
    const base = 'services: { store: { settings: { a: "x\\ny" } } }\n';
    expect(problemsOf({ wanted, base })).toEqual([
      `profiles/wanted.yaml:4:11: services.store.mode: found a line break, ${EXPECTED}`,
      expect.stringContaining(
        'profiles/wanted.yaml:4:11: services.store.mode: found "no\\ne", expected "none" or "log"',
      ),
      `profiles/wanted.yaml:6:18: services.store.settings.pool_mode: found a line break, ${EXPECTED}`,
      `profiles/wanted.yaml:7:7: services.store.settings.jit\uFFFD: found the control character U+001B, ${EXPECTED}`,
      `profiles/base.yaml:1:37: services.store.settings.a: found a line break, ${EXPECTED}`,
    ]);
  });

  test("must be refused where an alias leads to it, once", () => {
    const wanted = 'services: { store: { settings: { a: &x "1\\n2", b: *x } } }\n';
    expect(problemsOf({ wanted })).toEqual([
      expect.stringMatching(/^profiles\/wanted\.yaml:1:\d+: services\.store\.settings\.a: found a line break, /),
    ]);
  });

  test("must be refused at the end of a block, which says how it is written without", () => {
    const [problem] = problemsOf({ wanted: `${GOOD}description: >\n  two lines\n  of text\n` });
    expect(problem).toBe(
      `profiles/wanted.yaml:2:14: description: found a line break, ${EXPECTED}; ` +
        "after > a block ends with a line break, after >- it does not",
    );
    expect(problemsOf({ wanted: `${GOOD}description: >-\n  two lines\n  of text\n` })).toEqual([]);
  });

  test("must be refused in the name of the file, which generated files hold", () => {
    const wanted = { ...source("a\n$(touch x)", GOOD), file: "a?.yaml" };
    const parsed = parseProfile({ wanted, library: [] }, SERVICES, RUNTIMES);
    expect("problems" in parsed ? parsed.problems.map(formatProblem) : []).toEqual([
      `a?.yaml:1:1: found a line break in the file's name, ${EXPECTED}`,
    ]);
  });

  test("is not in texts that only look odd", () => {
    const text = "description: µ − 日本 🦉 $(id) `id` 'a' # a comment with a tab\t\n";
    expect(problemsOf({ wanted: `${GOOD}${text}` })).toEqual([]);
  });
});

const settings = (text: string) => ({ wanted: `services: { store: { settings: { a: ${text} } } }\n` });

test("a text of a setting must be short, because servers read their files in pieces", () => {
  const long = "x".repeat(501);
  expect(problemsOf(settings(long))).toEqual([
    `profiles/wanted.yaml:1:37: services.store.settings.a: found "${long}", expected a text of at most 500 characters`,
  ]);
  expect(problemsOf(settings(long.slice(1)))).toEqual([]);
});
