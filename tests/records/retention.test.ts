import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { removeOldRuns } from "../../stack/records/retention.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-retention-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ENDINGS = ["json", "txt", "html", "md", "xml"];
const stemOf = (day: number) => `performance-results-202601${String(day).padStart(2, "0")}-120000`;
const startOf = (day: number) => `2026-01-${String(day).padStart(2, "0")}T12:00:00.000Z`;

/** Writes the files of one run on each of these days of January. */
async function runsOn(days: number, padding = ""): Promise<void> {
  for (let day = 1; day <= days; day += 1) {
    const text = JSON.stringify({ run: { startedAt: startOf(day) }, padding });
    for (const ending of ENDINGS)
      await writeFile(join(folder, `${stemOf(day)}.${ending}`), ending === "json" ? text : "");
  }
}

const NONE: ReadonlySet<string> = new Set();
const stemsLeft = async () => [...new Set((await readdir(folder)).map((name) => name.split(".")[0] ?? ""))].toSorted();

describe("measured runs", () => {
  test("beyond the number are removed with all of their files, the oldest first, and named", async () => {
    await runsOn(14);
    expect(await removeOldRuns(folder, NONE, { runs: 12, size: 1e9 })).toEqual([stemOf(1), stemOf(2)]);
    expect(await stemsLeft()).toEqual(Array.from({ length: 12 }, (_, index) => stemOf(index + 3)));
    expect(await removeOldRuns(folder, NONE, { runs: 12, size: 1e9 })).toEqual([]);
  });

  test("beyond the size are removed, and the newest ten stay whatever their size is", async () => {
    await runsOn(14, "x".repeat(1000));
    expect(await removeOldRuns(folder, NONE, { runs: 100, size: 13_000 })).toEqual([stemOf(1), stemOf(2)]);
    expect(await removeOldRuns(folder, NONE, { runs: 0, size: 0 })).toEqual([stemOf(3), stemOf(4)]);
    expect(await stemsLeft()).toHaveLength(10);
  });

  test("that a baseline was recorded from are never removed", async () => {
    await runsOn(14);
    const referred = new Set([startOf(1), startOf(3)]);
    expect(await removeOldRuns(folder, referred, { runs: 0, size: 0 })).toEqual([stemOf(2), stemOf(4)]);
    expect(await stemsLeft()).toContain(stemOf(1));
  });

  test("that cannot be read stay, and so does every file that is not Plumbline's", async () => {
    await runsOn(12);
    await writeFile(join(folder, `${stemOf(1)}.json`), "{");
    await writeFile(join(folder, "performance-results-before-the-upgrade.json"), "{}");
    await writeFile(join(folder, "history.jsonl"), "");
    expect(await removeOldRuns(folder, NONE, { runs: 0, size: 0 })).toEqual([stemOf(2)]);
    expect(await readdir(folder)).toEqual(
      expect.arrayContaining([`${stemOf(1)}.json`, "performance-results-before-the-upgrade.json", "history.jsonl"]),
    );
  });

  test("whose results were removed by hand lose their reports", async () => {
    await runsOn(12);
    await rm(join(folder, `${stemOf(1)}.json`));
    expect(await removeOldRuns(folder, NONE, { runs: 0, size: 0 })).toEqual([stemOf(1), stemOf(2)]);
  });
});

test("traces of starts beyond the number are removed", async () => {
  for (let day = 10; day < 25; day += 1) await writeFile(join(folder, `startup-trace-202601${day}-120000.json`), "{}");
  const removed = await removeOldRuns(folder, NONE, { runs: 14, size: 1e9 });
  expect(removed).toEqual(["startup-trace-20260110-120000"]);
});

test("a folder that does not exist holds nothing to remove", async () => {
  expect(await removeOldRuns(join(folder, "absent"), NONE)).toEqual([]);
});
