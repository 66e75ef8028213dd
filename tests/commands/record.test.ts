import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { drop } from "../../stack/commands/record.ts";
import { recordBaseline } from "../../stack/judge/baseline.ts";
import { loadBaseline, saveBaseline } from "../../stack/records/files.ts";
import { besideOthers, seeded, simulateRun } from "../support/judge/runs.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-baselines-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const random = seeded(41);
const quiet = () => besideOthers(simulateRun({ random, scenarios: 2, blocks: 6, noise: 0.02 }), 0.2);
const busy = () => besideOthers(quiet(), 3);
const options = { stack: "default" };

async function recorded(runs: Parameters<typeof recordBaseline>[0]) {
  const baseline = recordBaseline(runs);
  await saveBaseline(folder, baseline);
  return baseline;
}

describe("dropping runs of a baseline", () => {
  test("takes out those that are marked, and keeps a copy of what was there", async () => {
    const before = await recorded([quiet(), busy(), quiet(), busy()]);
    const result = await drop(options, [before.name], folder);
    if (result.action !== "drop") throw new Error("another action");
    expect(result.dropped.map(({ run }) => run)).toEqual([2, 4]);
    expect(result.dropped[0]?.why).toContain("others used 3.0 of 4 cpus");
    expect(result.saved.notes).toHaveLength(1);
    expect(result.saved.notes[0]).toContain(`${before.name}.json.previous`);
    const after = await loadBaseline(folder, before.name);
    expect(after).toMatchObject({ runs: [before.runs[0], before.runs[2]], disturbed: [] });
    expect(after).toHaveProperty("recordedAt", before.recordedAt);
  });

  test("takes out the newest baseline's runs by number, and marks stay with the others", async () => {
    const before = await recorded([quiet(), busy(), quiet()]);
    await drop(options, ["1"], folder);
    expect(await loadBaseline(folder, before.name)).toMatchObject({
      runs: [before.runs[1], before.runs[2]],
      disturbed: [{ run: 0 }],
    });
  });

  test.each([
    [["4"], "has no run 4"],
    [["0"], "has no run 0"],
    [["1", "2", "3"], "All 3 runs"],
    [[], "No run of"],
    [["one", "two"], "takes one baseline"],
  ])("%j is refused, and the file stays", async (names, message) => {
    const before = await recorded([quiet(), quiet(), quiet()]);
    await expect(drop(options, names, folder)).rejects.toMatchObject({ code: "WRONG_USAGE" });
    await expect(drop(options, names, folder)).rejects.toThrow(message);
    expect(await loadBaseline(folder, before.name)).toEqual(before);
  });

  test("refuses to leave none where all are disturbed", async () => {
    const before = await recorded([busy(), busy()]);
    await expect(drop(options, [before.name], folder)).rejects.toMatchObject({
      fix: "Record it again, which replaces it: npm run baseline -- record",
    });
  });

  test("of a baseline that nobody recorded says which there are", async () => {
    await recorded([quiet()]);
    await expect(drop(options, ["nobodys", "1"], folder)).rejects.toMatchObject({ code: "BASELINE_UNKNOWN" });
  });
});
