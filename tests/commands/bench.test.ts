import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadBaseline } from "../../stack/records/files.ts";
import { keepRuns } from "../../stack/commands/bench.ts";
import { FINGERPRINT, seeded, simulateRun } from "../support/judge/runs.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-baselines-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const random = seeded(11);
const run = () => simulateRun({ random, scenarios: 2, blocks: 6, noise: 0.02 });

test("runs are kept under the name of their profile and machine", async () => {
  const { baseline, path, notes } = await keepRuns([run(), run()], folder);
  expect(notes).toEqual([]);
  expect(path).toBe(join(folder, `${baseline.name}.json`));
  expect(await loadBaseline(folder, baseline.name)).toEqual(baseline);
});

test("runs under the same conditions join those that are there", async () => {
  await keepRuns([run()], folder);
  const { baseline, notes } = await keepRuns([run(), run()], folder);
  expect(baseline.runs).toHaveLength(3);
  expect(notes).toEqual(["added to the 1 runs that were there"]);
});

test("runs under other conditions take the place of the old ones, and say what changed", async () => {
  await keepRuns([run()], folder);
  const newer = { ...run(), fingerprint: { ...FINGERPRINT, images: { ...FINGERPRINT.images, store: "registry 2.0" } } };
  const { baseline, notes } = await keepRuns([newer], folder);
  expect(baseline.runs).toHaveLength(1);
  expect(notes).toEqual(["the baseline that was there is replaced: images.store was registry 1.0 and is registry 2.0"]);
});

test("an incomplete run among complete ones is left out, and said", async () => {
  const partial = { ...run(), complete: false, warnings: ["the budget of 5 s ended"] };
  const { baseline, notes } = await keepRuns([run(), partial, run()], folder);
  expect(baseline.runs).toHaveLength(2);
  expect(notes).toEqual(["run 2 is not in it: the budget of 5 s ended"]);
});

test("a run that cannot be true is refused, for it would spoil every later verdict", async () => {
  const [first, ...others] = run().scenarios;
  if (first?.status !== "measured") throw new Error("not measured");
  const blocks = first.blocks.map((block) => ({ ...block, throughput: 3 * block.throughput }));
  const wrong = { ...run(), scenarios: [{ ...first, blocks }, ...others] };
  await expect(keepRuns([run(), wrong], folder)).rejects.toThrow(
    /cannot be kept as a baseline: .*throughput × mean latency is not 4/,
  );
  expect(await readdir(folder)).toEqual([]);
});

test("what is doubtful is kept and said", async () => {
  const same = run();
  const { notes } = await keepRuns([same, same], folder);
  expect(notes[0]).toContain("suspicious: store/operation-0, run 2, block 1: the same as");
});

test("a run that is incomplete is refused, and the baseline stays as it was", async () => {
  const { baseline } = await keepRuns([run()], folder);
  await expect(keepRuns([{ ...run(), complete: false }], folder)).rejects.toMatchObject({ code: "BASELINE_INVALID" });
  expect(await loadBaseline(folder, baseline.name)).toEqual(baseline);
});
