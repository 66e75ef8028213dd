import { describe, expect, test } from "vitest";
import { ab } from "../../../../stack/judge/lint/ab.ts";
import { toolOutput } from "../../../../stack/judge/lint/rules/tool-output.ts";
import { AB_OUTPUT, outputOf, sourceOf } from "../../../support/judge/lint.ts";

describe("the text of a tool", () => {
  test("is as a real tool prints it", () => {
    expect(toolOutput(sourceOf({ toolOutputs: [outputOf(AB_OUTPUT)] }))).toEqual([]);
  });

  test.each([
    ["Requests per second:    647.7 [#/sec]", "another number of decimals"],
    ["Requests per second:    1,647.69 [#/sec] (mean)", "thousands apart"],
    ["  50%      8ms", "a unit"],
    ["Average latency: 15 ms", "a line of its own"],
  ])("is not %s: %s", (line) => {
    const [found] = toolOutput(sourceOf({ toolOutputs: [outputOf([...AB_OUTPUT, line])] }));
    expect(found).toMatchObject({ rule: "tool output", severity: "suspicious", lines: [100 + AB_OUTPUT.length] });
    expect(found?.arithmetic).toEqual([`"${line}"`]);
  });

  test("of an older version than is known is passed over", () => {
    const tool = { ...ab, printsSince: "6.2" };
    const lines = (version: string) =>
      toolOutput(sourceOf({ versions: { oven: version }, toolOutputs: [outputOf(["done: 3"])] }, [tool]));
    expect(lines("5.9.1")).toEqual([]);
    expect(lines("6.1")).toEqual([]);
    expect(lines("6.2.0")).toHaveLength(1);
    expect(lines("10.0")).toHaveLength(1);
  });
});
