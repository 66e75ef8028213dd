import { expect, test } from "vitest";
import { doctorDocument } from "../../../stack/report/documents/documents.ts";
import type { Examination } from "../../../stack/core/results/commands/doctor.ts";
import { doctorDocumentOf, doctorText } from "../../../stack/report/screens/doctor.ts";

const report = (checks: Examination["checks"], status: Examination["status"] = "ok"): Examination => ({
  stack: "test",
  profile: "dev",
  status,
  checks,
});
const OK = { check: "node", status: "ok", found: "Node.js 20.20.2" } as const;
const WARNING = { check: "baseline", status: "warning", found: "none", remedy: "Record one." } as const;
const PROBLEM = { check: "ports", status: "problem", found: "5432 is taken", remedy: "End it." } as const;

test("each check is a line with its status, and its remedy below where something is wrong", () => {
  expect(doctorText(report([OK, WARNING, PROBLEM]), false)).toBe(
    [
      "ok       node      Node.js 20.20.2",
      "warning  baseline  none",
      "                   Record one.",
      "problem  ports     5432 is taken",
      "                   End it.",
      "",
      "1 problem, 1 warning.",
    ].join("\n"),
  );
});

test.for([
  { checks: [OK], status: "ok", exitCode: 0 },
  { checks: [OK, WARNING], status: "warning", exitCode: 0 },
  { checks: [WARNING, PROBLEM, OK], status: "problem", exitCode: 1 },
] as const)("an examination whose worst finding is $status ends with $exitCode", ({ checks, status, exitCode }) => {
  expect(doctorDocument.parse(doctorDocumentOf(report(checks, status)))).toMatchObject({ status, exitCode });
});

test("what a check found is no command to the terminal", () => {
  const hostile = { ...PROBLEM, found: "taken by \u001B[2J", remedy: "End it\u0007", fixed: "\u009B2J" };
  expect(doctorText(report([hostile]), false)).not.toMatch(/[^\P{Cc}\n]/u);
});

test("what was mended is well, and says what was done", () => {
  const fixed = report([{ ...PROBLEM, status: "ok", fixed: "set to 0600" }]);
  expect(doctorText(fixed, false)).toContain("5432 is taken: set to 0600\n\nAll is well.");
  expect(doctorDocumentOf(fixed).exitCode).toBe(0);
});
