import { expect, test } from "vitest";
import { resultsDocument } from "../../../stack/core/results/performance-results.ts";
import { benchDocument } from "../../../stack/report/documents/measurement.ts";
import { benchDocumentOf, benchText } from "../../../stack/report/measurement/bench.ts";
import { seeded, simulateRun } from "../../support/judge/runs.ts";

const run = () => simulateRun({ random: seeded(7), scenarios: 2, blocks: 6, noise: 0.02 });

test("bench has all figures, and names the files of its results, and the baseline that it saved", () => {
  const measured = { document: resultsDocument(run()), text: "figures\n", files: ["a.json", "a.txt"] };
  const report = { stack: "test", profile: "dev", warnings: [], measured, exitCode: 0 };
  const saved = { path: "/somewhere/dev.json", notes: [] };
  const text = benchText({ ...report, saved });
  expect(text).toMatch(/^figures\n\nscenario +ops\/s +95 % interval +p50 +p95 +p99 +blocks +operations\n/);
  expect(text).toMatch(/\n\nResults: a\.json, a\.txt\nBaseline: \/somewhere\/dev\.json$/);
  expect(benchDocument.parse(benchDocumentOf({ ...report, saved })).baseline).toBe("/somewhere/dev.json");
  expect(benchDocument.parse(benchDocumentOf({ ...report, saved: undefined })).baseline).toBeUndefined();
});
