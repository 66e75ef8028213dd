import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadBaseline } from "../../stack/bench/files.ts";
import { keepRuns } from "../../stack/effects/bench.ts";
import { FINGERPRINT, seeded, simulateRun } from "../bench/support.ts";

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

test("a run that is incomplete is refused, and the baseline stays as it was", async () => {
  const { baseline } = await keepRuns([run()], folder);
  await expect(keepRuns([{ ...run(), complete: false }], folder)).rejects.toMatchObject({ code: "BASELINE_INVALID" });
  expect(await loadBaseline(folder, baseline.name)).toEqual(baseline);
});
