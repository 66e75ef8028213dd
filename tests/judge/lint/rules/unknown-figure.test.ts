import { describe, expect, test } from "vitest";
import { unknownFigures } from "../../../../stack/judge/lint/rules/unknown-figure.ts";
import { cell, comparedOf, rowOf, sourceOf, tableOf } from "../../../support/judge/lint.ts";

const whole = { throughput: 10 };

describe("a claim", () => {
  test("that names a figure which is not there is told", () => {
    const claims = [comparedOf({ pairs: [{ of: cell("bread", "p99Ms"), to: cell("bread", "throughput") }] })];
    const found = unknownFigures(sourceOf({ tables: [tableOf()], rows: [rowOf("bread", whole)], claims }));
    expect(found.map(({ says }) => says)).toEqual([
      '"as the baker says" needs a figure that is not there: bread p99 ? (oven)',
    ]);
  });
});
