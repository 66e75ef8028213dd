import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../../stack/judge/baseline.ts";
import { missingInDocument } from "../../../../stack/judge/lint/rules/method.ts";
import { contradictions, lintBaseline } from "../../../../stack/judge/lint/lint-baseline.ts";
import { runOf, scenarioOf } from "../../../support/judge/runs.ts";
import {
  AB_ARGV,
  AB_OUTPUT,
  CALIBRATION,
  freshBlocks,
  outputOf,
  rowOf,
  sourceOf,
  tableOf,
} from "../../../support/judge/lint.ts";

const whole = { throughput: 10, samples: 5000, interval95: { low: 9, high: 11 }, clients: 3 };

describe("what a reader needs", () => {
  test("is complete with sample sizes, intervals, clients and command lines", () => {
    const toolOutputs = [outputOf(AB_OUTPUT, { argv: AB_ARGV })];
    expect(missingInDocument(sourceOf({ tables: [tableOf()], rows: [rowOf("bread", whole)], toolOutputs }))).toEqual(
      [],
    );
  });

  test("is missed in one finding for all rows, and one for each output", () => {
    const rows = [rowOf("bread", whole), rowOf("cake", { throughput: 3 })];
    const found = missingInDocument(sourceOf({ tables: [tableOf()], rows, toolOutputs: [outputOf(AB_OUTPUT)] }));
    expect(found.map(({ severity, says }) => [severity, says])).toEqual([
      [
        "undocumented",
        "no sample size in 1 of 2 rows, no interval in 1 of 2 rows, no number of clients in 1 of 2 rows",
      ],
      ["undocumented", "the output of ab has no command line"],
    ]);
  });

  test("includes enough samples for each percentile", () => {
    const few = { ...whole, samples: 100, p95Ms: 8, p99Ms: 9 };
    const found = missingInDocument(sourceOf({ tables: [tableOf()], rows: [rowOf("bread", few)] }));
    expect(found.map(({ severity, says }) => [severity, says])).toEqual([["suspicious", "bread: p99 of 100 samples"]]);
  });
});

describe("a recording", () => {
  test("says what it lacks, and that lack is no contradiction", () => {
    const { calibration: _, ...run } = runOf([scenarioOf("oven/bread", freshBlocks(4))], {
      calibration: CALIBRATION,
    });
    const lacking = lintBaseline(recordBaseline([run]));
    expect(lacking.map(({ severity, says }) => [severity, says])).toEqual([
      ["undocumented", "it holds 1 run"],
      ["undocumented", "the speed of the machine was not measured"],
      ["undocumented", "it holds 4 blocks"],
    ]);
    expect(contradictions(recordBaseline([run]))).toEqual([]);
  });
});
