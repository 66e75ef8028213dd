import { expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import type { Finding } from "../../../stack/core/results/finding.ts";
import { baselineDocument } from "../../../stack/report/documents/measurement.ts";
import type { LintedBaseline } from "../../../stack/core/results/commands/baseline.ts";
import { baselineDocumentOf } from "../../../stack/report/measurement/baseline.ts";
import { findingsInShort, lintText } from "../../../stack/report/measurement/lint.ts";
import { documentOf } from "../../support/judge/lint.ts";
import { seeded, simulateRun } from "../../support/judge/runs.ts";

const recorded = recordBaseline([simulateRun({ random: seeded(7), scenarios: 1, blocks: 6, noise: 0.02 })], "mine");
const reference = documentOf();
const finding = (severity: Finding["severity"], change: Partial<Finding> = {}): Finding => {
  const says = "3 rows sum to 6, the total says 9";
  return {
    rule: "sum and total",
    severity,
    place: "Shelf",
    lines: [50],
    says,
    arithmetic: ["1 + 2 + 3 = 6"],
    ...change,
  };
};

test("the text is grouped by baseline, with rule, place, numbers, and what follows", () => {
  const linted: readonly LintedBaseline[] = [
    { baseline: reference, findings: [finding("impossible"), finding("suspicious", { lines: [3, 9, 7] })] },
    { baseline: recorded, findings: [] },
  ];
  expect(lintText(linted).split("\n")).toEqual([
    "kitchen (reference): 1 impossible, 1 suspicious",
    "  A reference, shown for orientation and never tested against: only --strict fails. Lines are those of kitchen.md.",
    "",
    "  impossible: sum and total",
    "    3 rows sum to 6, the total says 9",
    "      1 + 2 + 3 = 6",
    "    at Shelf, line 50",
    "",
    "  suspicious: sum and total",
    "    3 rows sum to 6, the total says 9",
    "      1 + 2 + 3 = 6",
    "    at Shelf, lines 3 to 9",
    "",
    "mine (recorded): nothing speaks against it",
  ]);
  const document = baselineDocument.parse(baselineDocumentOf({ action: "lint", linted }));
  expect(document.result).toEqual({
    action: "lint",
    baselines: linted.map(({ baseline: { name, kind }, findings }) => ({ name, kind, findings })),
  });
});

const textOf = (severity: Finding["severity"]) => lintText([{ baseline: recorded, findings: [finding(severity)] }]);

test("a recorded baseline is said to be compared with, or not", () => {
  expect(textOf("impossible")).toContain("answer `baseline invalid`");
  expect(textOf("suspicious")).toContain("Nothing in it is impossible");
});

test("a long arithmetic is cut, and says where the rest is", () => {
  const arithmetic = Array.from({ length: 20 }, (_, index) => `step ${index}`);
  const text = lintText([{ baseline: reference, findings: [finding("suspicious", { arithmetic })] }]);
  expect(text).toContain("step 5\n      and 14 more (--json has all)");
  const sum = `${"1 + ".repeat(100)}1 = 101`;
  const long = lintText([{ baseline: reference, findings: [finding("suspicious", { arithmetic: [sum] })] }]);
  expect(long).toMatch(/1 \+ 1 \+ .* … .* = 101\n/);
});

test("in short it is one line a finding, without what is only undocumented", () => {
  const findings = [finding("impossible"), finding("undocumented")];
  expect(findingsInShort([{ baseline: recorded, findings }])).toBe(
    "mine: impossible: Shelf: 3 rows sum to 6, the total says 9",
  );
});
