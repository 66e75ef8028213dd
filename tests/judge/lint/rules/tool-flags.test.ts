import { describe, expect, test } from "vitest";
import { toolFlags } from "../../../../stack/judge/lint/rules/tool-flags.ts";
import { AB_ARGV, AB_OUTPUT, outputOf, sourceOf } from "../../../support/judge/lint.ts";

const check = (argv: readonly string[] | undefined, change: (line: string) => string = (line) => line) =>
  toolFlags(
    sourceOf({ toolOutputs: [outputOf(AB_OUTPUT.map(change), argv === undefined ? {} : { argv: [...argv] })] }),
  );

const says = (argv: readonly string[]) => check(argv).map((found) => found.says);

describe("what a tool was told", () => {
  test("is what a real output says that it did", () => {
    expect(check(AB_ARGV)).toEqual([]);
  });

  test("limits its time", () => {
    const [found] = check(AB_ARGV, (line) => line.replace("2.064 seconds", "9.512 seconds"));
    expect(found).toMatchObject({ rule: "tool flags", severity: "impossible" });
    expect(found?.says).toBe("ab -t 2 stops after 2 s, and its output says 9.512 s");
  });

  test("limits its requests and sets its clients", () => {
    expect(says(["ab", "-n", "1000", "-c", "10", "url"])).toEqual([
      "ab -n 1000 makes no more requests, and its output says 1337",
    ]);
    expect(says(["ab", "-n", "2000", "url"])).toEqual(["ab was told 1 clients, and its output says 10"]);
  });

  test("is unknown without a command line", () => {
    expect(check(undefined, (line) => line.replace("2.064", "99.000"))).toEqual([]);
  });
});
