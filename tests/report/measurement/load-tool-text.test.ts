import { expect, test } from "vitest";
import { loadToolSection } from "../../../stack/report/measurement/load-tool-text.ts";
import { renderResults } from "../../../stack/report/measurement/results.ts";
import { resultsDocument } from "../../../stack/core/results/performance-results.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../support/judge/runs.ts";

const blocks = (level: number) => Array.from({ length: 6 }, () => blockOf(seeded(1), 0, level));
const native = (throughput: number, meanMs: number) =>
  ({
    status: "measured",
    tool: "store-benchmark",
    runs: [throughput * 0.5, throughput, throughput * 1.1].map((each) => ({
      throughput: each,
      operations: 100,
      meanMs,
    })),
  }) as const;

test("both vantage points stand beside each other, with the difference as a share of what the server does inside", () => {
  const run = runOf([
    scenarioOf("store/get", blocks(3900), { native: native(5200, 0.8) }),
    scenarioOf("store/scan", blocks(90), { native: native(60, 40) }),
    scenarioOf("store/plain", blocks(100)),
  ]);
  const lines = loadToolSection(run).split("\n");
  expect(lines[2]).toMatch(/^scenario +tool +from the host +in the container +difference +mean +mean there$/);
  expect(lines[3]).toMatch(/^store\/get +store-benchmark +3,900\/s +5,200\/s +−25 % +1\.03 ms +800 µs$/);
  expect(lines[4]).toMatch(/^store\/scan +store-benchmark +90\.0\/s +60\.0\/s +\+50 % /);
  expect(lines).toHaveLength(5);
  expect(renderResults(resultsDocument(run), [])).toContain(lines.join("\n"));
});

test("what has no figure says why, once for all that share the reason", () => {
  const absent = { status: "absent", tool: "store-benchmark", reason: "the image of store has no store-benchmark" };
  const run = runOf([
    scenarioOf("store/get", blocks(1), { native: { ...absent, status: "absent" } }),
    scenarioOf("store/set", blocks(1), { native: { ...absent, status: "absent" } }),
  ]);
  expect(loadToolSection(run)).toBe(
    "not measured in the container: store/get, store/set: the image of store has no store-benchmark",
  );
});

test("a run that asked for no tool says nothing of it", () => {
  expect(loadToolSection(runOf([scenarioOf("store/get", blocks(1))]))).toBe("");
});
