import { describe, expect, test } from "vitest";
import { rateTimesTime } from "../../../../stack/judge/lint/rules/counts.ts";
import { AB_OUTPUT, CLAIM, outputOf, sourceOf } from "../../../support/judge/lint.ts";

const check = (from: string, to: string) =>
  rateTimesTime(sourceOf({ toolOutputs: [outputOf(AB_OUTPUT.map((line) => line.replace(from, to)))] })).map(
    ({ says }) => says,
  );

const product = (stated: string) =>
  rateTimesTime(sourceOf({ claims: [{ kind: "product", ...CLAIM, factors: ["200 plates/sec", "2000 ms"], stated }] }));

describe("rate × time", () => {
  test("is the count in a real output", () => {
    expect(check("", "")).toEqual([]);
  });

  test.each([
    ["647.69 [#/sec]", "847.69 [#/sec]", "operations 1337 is not rate × seconds"],
    ["15.440 [ms]", "25.440 [ms]", "clients 10 is not rate × mean time"],
    ["1.544 [ms]", "4.544 [ms]", "time across all clients 4.544 is not seconds / operations"],
  ])("is not, where %s became %s", (from, to, says) => {
    expect(check(from, to)).toContainEqual(expect.stringContaining(says));
  });

  test("is the count that a text states", () => {
    expect(product("400")).toEqual([]);
    expect(product("~410")).toEqual([]);
    expect(product("4,000")[0]).toMatchObject({ rule: "rate × time = count", severity: "impossible" });
  });
});
