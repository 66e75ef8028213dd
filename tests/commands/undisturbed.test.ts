import { expect, test } from "vitest";
import { measureUndisturbed } from "../../stack/commands/undisturbed.ts";
import type { Progress } from "../../stack/core/progress.ts";
import type { Measured } from "../../stack/core/results/commands/bench.ts";
import type { SmokeRun } from "../../stack/core/results/measurement.ts";
import { resultsDocument } from "../../stack/core/results/performance-results.ts";
import { judge } from "../../stack/judge/verdict/verdict.ts";
import { besideOthers, seeded, simulateRun } from "../support/judge/runs.ts";

const NO_SCREEN = { head: "", scenarios: [], findings: [] };

const random = seeded(31);
const run = () => simulateRun({ random, scenarios: 2, blocks: 6, noise: 0.02 });
const quiet = () => besideOthers(run(), 0.2);
const busy = () => besideOthers(run(), 3);

/** Measures these runs, one after the other, and says what was told meanwhile. */
function scene(runs: readonly SmokeRun[], quietAgain = true) {
  const left = [...runs];
  const told: Progress[] = [];
  const measure = async (): Promise<Measured> => {
    const next = left.shift();
    if (!next) throw new Error("more runs were measured than there are");
    return {
      run: next,
      verdict: judge(next, undefined),
      document: resultsDocument(next),
      text: "",
      screen: NO_SCREEN,
      files: [],
    };
  };
  const repeat = { quiet: async () => quietAgain, report: (event: Progress) => void told.push(event) };
  return { left, told, measure, repeat };
}

test("quiet runs are measured once", async () => {
  const runs = [quiet(), quiet(), quiet()];
  const { measure, repeat, left, told } = scene(runs);
  expect((await measureUndisturbed(measure, { runs: 3, repeat })).map(({ run }) => run)).toEqual(runs);
  expect([left, told]).toEqual([[], []]);
});

test("a disturbed run is measured again, and that is said", async () => {
  const runs = [quiet(), busy(), quiet(), quiet()];
  const { measure, repeat, told } = scene(runs);
  const kept = (await measureUndisturbed(measure, { runs: 3, repeat })).map(({ run }) => run);
  expect(kept).toEqual([runs[0], runs[3], runs[2]]);
  expect(told).toEqual([
    {
      kind: "note",
      text: "run 2 is measured again, repetition 1 of at most 2: others used 3.0 of 4 cpus on average, in 100 % of the blocks over 1.3",
    },
  ]);
});

test("after two repetitions a disturbed run is kept as it is", async () => {
  const runs = [busy(), busy(), busy()];
  const { measure, repeat, left } = scene(runs);
  expect((await measureUndisturbed(measure, { runs: 1, repeat })).map(({ run }) => run)).toEqual([runs[0]]);
  expect(left).toEqual([]);
});

test("no repetition begins on a machine that does not become quiet", async () => {
  const runs = [busy(), quiet()];
  const { measure, repeat, left } = scene(runs, false);
  expect((await measureUndisturbed(measure, { runs: 1, repeat })).map(({ run }) => run)).toEqual([runs[0]]);
  expect(left).toHaveLength(1);
});

test("disturbed runs that are wanted anyway are not repeated", async () => {
  const runs = [busy(), busy()];
  const { measure } = scene(runs);
  expect(await measureUndisturbed(measure, { runs: 2 })).toHaveLength(2);
});

test("nothing follows a run that is incomplete", async () => {
  const { measure, repeat, left } = scene([{ ...busy(), complete: false }, quiet()]);
  expect(await measureUndisturbed(measure, { runs: 3, repeat })).toHaveLength(1);
  expect(left).toHaveLength(1);
});
