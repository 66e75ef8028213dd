/** What the verdict promises, on runs as a busy machine makes them. */
import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../stack/judge/baseline.ts";
import { type RecordedBaseline } from "../../../stack/core/results/baseline.ts";
import type { Block, MeasuredScenario, ScenarioResult, SmokeRun } from "../../../stack/core/results/measurement.ts";
import { PLANNED_LOOKS } from "../../../stack/judge/stats/looks.ts";
import { steadiness } from "../../../stack/judge/stats/steady.ts";
import { judge, undecidedAgainst } from "../../../stack/judge/verdict/verdict.ts";
import { type VerdictReport } from "../../../stack/core/results/verdict.ts";
import { blockOf, correlated, normal, runOf, scenarioOf, seeded, type Random } from "../../support/judge/runs.ts";

const SCENARIOS = 12;
const [FIRST_LOOK = 6, ...LATER_LOOKS] = PLANNED_LOOKS;
const LAST_LOOK = PLANNED_LOOKS.at(-1) ?? 15;

/** All on the log scale: 0.06 = 6 %. */
interface Noise {
  readonly block: number;
  /** How much a block is like the one before. */
  readonly likeness: number;
  /** Share of blocks that something else slows down to 60 %. */
  readonly outliers: number;
  /** Of a whole run: of each scenario, and of all alike. */
  readonly run: number;
  readonly machine: number;
}

/** One run under way: `upTo` measures more blocks, `result` is what is known so far. */
function startRun(random: Random, noise: Noise, levels: Readonly<Record<number, number>> = {}) {
  const shift = noise.machine * normal(random);
  const tracks = Array.from({ length: SCENARIOS }, (_, index) => {
    const level = (levels[index] ?? 1000) * Math.exp(shift + noise.run * normal(random));
    const next = correlated(random, noise.likeness);
    const measure = (): Block => {
      const slowed = random() < noise.outliers ? 0.6 : 1;
      const block = blockOf(random, 0, level * slowed * Math.exp(noise.block * next()));
      return { ...block, p95Ms: block.p50Ms * (1.2 + Math.exp(noise.block * normal(random))) };
    };
    return { name: `store/operation-${index}`, measure, blocks: new Array<Block>() };
  });
  return {
    upTo(look: number, names: readonly string[]): void {
      for (const { name, measure, blocks } of tracks) {
        while (names.includes(name) && blocks.length < look) blocks.push(measure());
      }
    },
    names: tracks.map(({ name }) => name),
    result: (change?: Partial<MeasuredScenario>): SmokeRun =>
      runOf(tracks.map(({ name, blocks }) => settled(name, blocks, change))),
  };
}

/** What is judged needs no latencies one by one; only a baseline does, whose histogram is checked against its blocks. */
const BARE = { histogram: "" };

function settled(name: string, blocks: readonly Block[], change?: Partial<MeasuredScenario>): ScenarioResult {
  const found = steadiness(blocks.map(({ throughput }) => throughput));
  if (found.kind === "steady") return scenarioOf(name, blocks.slice(found.from), change);
  const { histogram: _, notes: __, ...rest } = scenarioOf(name, blocks, BARE);
  return { ...rest, status: "unsteady", reason: "throughput did not settle" };
}

function recorded(random: Random, noise: Noise, runs: number): RecordedBaseline {
  return recordBaseline(
    Array.from({ length: runs }, () => {
      const run = startRun(random, noise);
      run.upTo(LAST_LOOK, run.names);
      return run.result();
    }),
  );
}

interface Trials {
  readonly noise: Noise;
  readonly runs: number;
  readonly trials: number;
  readonly levels?: Readonly<Record<number, number>>;
}

/** A baseline and a run against it, with the later looks for what is undecided, so many times. */
function verdicts(seed: number, { noise, runs, trials, levels = {} }: Trials): readonly VerdictReport[] {
  const random = seeded(seed);
  return Array.from({ length: trials }, () => {
    const baseline = recorded(random, noise, runs);
    const run = startRun(random, noise, levels);
    run.upTo(FIRST_LOOK, run.names);
    for (const look of LATER_LOOKS) run.upTo(look, undecidedAgainst(baseline)(run.result(BARE)));
    return judge(run.result(BARE), baseline);
  });
}

function share(reports: readonly VerdictReport[], wanted: (report: VerdictReport) => boolean): number {
  return reports.filter(wanted).length / reports.length;
}

const USUAL: Noise = { block: 0.05, likeness: 0.3, outliers: 0.02, run: 0.02, machine: 0.02 };
const BUSY: Noise = { block: 0.15, likeness: 0.3, outliers: 0.05, run: 0.05, machine: 0.05 };
const SHIFTING: Noise = { block: 0.08, likeness: 0.3, outliers: 0.05, run: 0.1, machine: 0.02 };

describe("a run of 12 scenarios that are as fast as before", { timeout: 120_000 }, () => {
  test.each([
    ["a usual machine, measured once", USUAL, 1],
    ["a usual machine, measured three times", USUAL, 3],
    ["a busy machine, measured three times", BUSY, 3],
    ["a machine whose runs vary by 10 %, measured three times", SHIFTING, 3],
  ] as const)("is called below in at most 2.5 in 100 runs on %s", (_, noise, runs) => {
    const found = verdicts(runs, { noise, runs, trials: 40 });
    expect(share(found, ({ verdict }) => verdict === "below")).toBeLessThanOrEqual(0.025);
    const scenarios = found.flatMap((report) => report.scenarios);
    const unsteady = scenarios.filter(({ reason }) => reason.startsWith("unsteady"));
    expect(unsteady.length / scenarios.length).toBeLessThan(0.005);
  });
});

test("a loss of 30 % in one of 12 scenarios is called below in at least 95 % of runs, and never `meets`", () => {
  const found = verdicts(7, { noise: USUAL, runs: 3, trials: 60, levels: { 3: 700 } });
  expect(share(found, ({ scenarios }) => scenarios[3]?.verdict === "below")).toBeGreaterThanOrEqual(0.95);
  expect(share(found, ({ verdict }) => verdict === "meets")).toBe(0);
}, 120_000);
