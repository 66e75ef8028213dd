import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadBaseline, loadBaselines } from "../../stack/records/files.ts";
import { keepRuns } from "../../stack/commands/keep-runs.ts";
import { besideOthers, blockOf, FINGERPRINT, scenarioOf, seeded, simulateRun } from "../support/judge/runs.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-baselines-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const random = seeded(11);
const run = () => simulateRun({ random, scenarios: 2, blocks: 6, noise: 0.02 });

test("runs are kept under the name of their profile and machine", async () => {
  const { baseline, path, notes } = await keepRuns([run(), run()], { folder });
  expect(notes).toEqual([]);
  expect(path).toBe(join(folder, `${baseline.name}.json`));
  expect(await loadBaseline(folder, baseline.name)).toEqual(baseline);
});

test("runs replace those that are there, of which one copy is kept that no verdict uses", async () => {
  const first = await keepRuns([run()], { folder });
  const second = await keepRuns([run(), run()], { folder });
  const copy = `${first.path}.previous`;
  expect(second.baseline.runs).toHaveLength(2);
  expect(second.notes).toEqual([
    "the 1 runs that were there are replaced; --add keeps them",
    `the file as it was is kept as ${copy}, which no verdict uses`,
  ]);
  expect(JSON.parse(await readFile(copy, "utf8"))).toEqual(first.baseline);
  await keepRuns([run()], { folder });
  expect(JSON.parse(await readFile(copy, "utf8"))).toEqual(second.baseline);
  expect(await loadBaselines(folder)).toHaveLength(1);
});

test("runs join those that are there if that is asked for, and nothing is copied", async () => {
  await keepRuns([run()], { folder });
  const { baseline, notes } = await keepRuns([run(), run()], { folder, add: true });
  expect(baseline.runs).toHaveLength(3);
  expect(notes).toEqual(["added to the 1 runs that were there"]);
  expect(await readdir(folder)).toEqual([`${baseline.name}.json`]);
});

test("runs of some services replace theirs, and scenarios of the others stay", async () => {
  const queue = scenarioOf(
    "queue/publish",
    Array.from({ length: 6 }, () => blockOf(random, 0.02)),
  );
  const both = () => ({ ...run(), scenarios: [...run().scenarios, queue] });
  await keepRuns([both()], { folder });
  const { baseline, notes } = await keepRuns([run()], { folder, services: ["store"] });
  expect(baseline.runs.map(({ scenarios }) => scenarios.map(({ name }) => name))).toEqual([
    ["queue/publish"],
    ["store/operation-0", "store/operation-1"],
  ]);
  expect(notes[0]).toBe("replaced what was measured again; 1 scenarios of other services stay");
});

test("scenarios that are gone with the old runs are named", async () => {
  const { scenarios, ...rest } = run();
  await keepRuns([{ ...rest, scenarios }], { folder });
  const { notes } = await keepRuns([{ ...rest, scenarios: scenarios.slice(0, 1) }], { folder });
  expect(notes).toContain("no longer in it: store/operation-1");
});

test("runs beside others are marked, and marks keep their run when more are added", async () => {
  await keepRuns([run()], { folder, noise: "others use 1.2 of 4 cpus" });
  const { baseline, notes } = await keepRuns([run(), besideOthers(run(), 3)], { folder, add: true });
  expect(baseline.disturbed?.map(({ run }) => run)).toEqual([0, 2]);
  expect(notes).toContain("run 1 is marked as disturbed: the machine was not quiet before: others use 1.2 of 4 cpus");
  expect(await loadBaseline(folder, baseline.name)).toEqual(baseline);
});

test("runs under other conditions take the place of the old ones, and say what changed", async () => {
  await keepRuns([run()], { folder });
  const newer = { ...run(), fingerprint: { ...FINGERPRINT, images: { ...FINGERPRINT.images, store: "registry 2.0" } } };
  const { baseline, notes } = await keepRuns([newer], { folder });
  expect(baseline.runs).toHaveLength(1);
  expect(notes[0]).toBe("the baseline that was there is replaced: images.store was registry 1.0 and is registry 2.0");
  expect(notes[1]).toContain("is kept as");
});

test("an incomplete run among complete ones is left out, and said", async () => {
  const partial = { ...run(), complete: false, warnings: ["the budget of 5 s ended"] };
  const { baseline, notes } = await keepRuns([run(), partial, run()], { folder });
  expect(baseline.runs).toHaveLength(2);
  expect(notes).toEqual(["run 2 is not in it: the budget of 5 s ended"]);
});

test("a run that cannot be true is refused, for it would spoil every later verdict", async () => {
  const [first, ...others] = run().scenarios;
  if (first?.status !== "measured") throw new Error("not measured");
  const blocks = first.blocks.map((block) => ({ ...block, throughput: 3 * block.throughput }));
  const wrong = { ...run(), scenarios: [{ ...first, blocks }, ...others] };
  await expect(keepRuns([run(), wrong], { folder })).rejects.toThrow(
    /cannot be kept as a baseline: .*throughput × mean latency is not 4/,
  );
  expect(await readdir(folder)).toEqual([]);
});

test("what is doubtful is kept and said", async () => {
  const same = run();
  const { notes } = await keepRuns([same, same], { folder });
  expect(notes[0]).toContain("suspicious: store/operation-0, run 2, block 1: the same as");
});

test("a run that is incomplete is refused, and the baseline stays as it was", async () => {
  const { baseline } = await keepRuns([run()], { folder });
  await expect(keepRuns([{ ...run(), complete: false }], { folder })).rejects.toMatchObject({
    code: "BASELINE_INVALID",
  });
  expect(await loadBaseline(folder, baseline.name)).toEqual(baseline);
});
