import { expect, test } from "vitest";
import type { Finding } from "../../../stack/core/results/finding.ts";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { failsLint } from "../../../stack/judge/lint/lint-baseline.ts";
import { documentOf } from "../../support/judge/lint.ts";
import { seeded, simulateRun } from "../../support/judge/runs.ts";

const recorded = recordBaseline([simulateRun({ random: seeded(7), scenarios: 1, blocks: 6, noise: 0.02 })], "mine");
const reference = documentOf();
const finding = (severity: Finding["severity"]): Finding => ({
  rule: "sum and total",
  severity,
  place: "Shelf",
  lines: [50],
  says: "3 rows sum to 6, the total says 9",
  arithmetic: [],
});

const fails = (severity: Finding["severity"], strict: boolean) =>
  [recorded, reference].map((baseline) => failsLint(baseline, [finding(severity)], strict));

test("a recorded baseline fails for what is impossible, a reference only when that is asked for", () => {
  expect(fails("impossible", false)).toEqual([true, false]);
  expect(fails("suspicious", false)).toEqual([false, false]);
  expect(fails("impossible", true)).toEqual([true, true]);
  expect(fails("suspicious", true)).toEqual([true, true]);
  expect(fails("undocumented", true)).toEqual([false, false]);
});
