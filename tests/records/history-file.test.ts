import { appendFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { appendHistory, historyFile, readHistory } from "../../stack/records/history-file.ts";
import { historyEntry } from "../../stack/judge/history.ts";
import { seeded, simulateRun } from "../support/judge/runs.ts";

let folder = "";
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "plumbline-history-")), "results");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

const run = simulateRun({ random: seeded(1), scenarios: 1, blocks: 6, noise: 0.02 });
const entryOf = (command: string) => historyEntry(run, command, "meets");

test("a history that does not exist is empty", async () => {
  expect(await readHistory(folder)).toEqual({ entries: [], skipped: 0 });
});

test("entries are read back in the order of their runs, and nothing is left beside the file", async () => {
  await appendHistory(folder, entryOf("up"));
  await appendHistory(folder, entryOf("verify"));
  expect((await readHistory(folder)).entries.map(({ command }) => command)).toEqual(["up", "verify"]);
  expect(await readdir(folder)).toEqual(["history.jsonl"]);
});

test("a run that was killed while it wrote costs its own entry only", async () => {
  await appendHistory(folder, entryOf("up"));
  await appendFile(historyFile(folder), '{"at":"2026-01-02T03:0');
  expect(await readHistory(folder)).toMatchObject({ entries: { length: 1 }, skipped: 1 });
  await appendHistory(folder, entryOf("bench"));
  expect(await readHistory(folder)).toMatchObject({ entries: { length: 2 }, skipped: 0 });
});

test("a history that cannot be read is an error, and not an empty one that would replace it", async () => {
  await appendHistory(join(folder, "history.jsonl"), entryOf("up")); // makes a folder in the place of the file
  await expect(readHistory(folder)).rejects.toThrow("EISDIR");
  await expect(appendHistory(folder, entryOf("up"))).rejects.toThrow("EISDIR");
});
