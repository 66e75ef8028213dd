import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resultsDocument } from "../../stack/core/results/performance-results.ts";
import { resultFiles, resultsNewestFirst, saveResults } from "../../stack/records/files.ts";
import { lastRun } from "../../stack/records/last-run.ts";
import { seeded, simulateRun } from "../support/judge/runs.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-last-run-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = simulateRun({ random: seeded(3), scenarios: 1, blocks: 6, noise: 0.02 });
const filesOf = (day: number) => resultFiles(folder, new Date(2026, 0, day, 12));

async function save(day: number, profile: string, complete = true): Promise<void> {
  await saveResults(filesOf(day), resultsDocument({ ...run, profile, complete }), "figures");
}

test("the last run is the newest that was measured to its end and can be read", async () => {
  await save(1, "older");
  await save(2, "newer");
  await save(3, "cut short", false);
  await writeFile(filesOf(4).json, "{");
  expect((await lastRun(folder))?.profile).toBe("newer");
});

test("the files of runs are listed with the newest first, and other files are none", async () => {
  await save(1, "one");
  await save(2, "two");
  expect(await resultsNewestFirst(folder)).toEqual([filesOf(2).json, filesOf(1).json]);
});

test("a stack that was never measured has no last run", async () => {
  expect(await lastRun(join(folder, "nowhere"))).toBeUndefined();
});
