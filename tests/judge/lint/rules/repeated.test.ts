import { expect, test } from "vitest";
import { recordBaseline } from "../../../../stack/judge/baseline.ts";
import { runOf } from "../../../support/judge/runs.ts";
import { BREAD, CALIBRATION, foundIn, recordingOf } from "../../../support/judge/lint.ts";

test("a block that is there twice is doubted", () => {
  const twice = recordBaseline([...recordingOf(BREAD).runs, runOf([BREAD], { calibration: CALIBRATION })]);
  expect(foundIn(twice)).toHaveLength(BREAD.blocks.length);
  expect(foundIn(twice)[0]).toMatchObject({
    rule: "repeated block",
    severity: "suspicious",
    place: "oven/bread, run 2, block 1",
    says: "the same as oven/bread, run 1, block 1 in every digit",
  });
});
