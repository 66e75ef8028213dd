/** What the verdict promises on a machine that others use. */
import { describe, expect, test } from "vitest";
import { mean } from "simple-statistics";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import type { ScenarioVerdict, VerdictReport } from "../../../stack/core/results/verdict.ts";
import { PLANNED_LOOKS } from "../../../stack/judge/stats/looks.ts";
import { judge, undecidedAgainst } from "../../../stack/judge/verdict/verdict.ts";
import { BARE, quietBaseline, startRun, withoutReadings, type World } from "../../support/judge/company.ts";
import { seeded } from "../../support/judge/runs.ts";

const [FIRST_LOOK = 6, ...LATER_LOOKS] = PLANNED_LOOKS;
const RUNS_PER_BASELINE = 20;

interface Trials {
  readonly trials: number;
  readonly world?: World;
  readonly before?: World;
  /** Runs of the baseline. */
  readonly runs?: number;
}

/** Baselines, and runs against them with the later looks for what is undecided. */
function verdicts(seed: number, { trials, world = {}, before = {}, runs = 3 }: Trials): readonly VerdictReport[] {
  const random = seeded(seed);
  return Array.from({ length: trials / RUNS_PER_BASELINE }, () => {
    const baseline = quietBaseline(random, runs, { ...before, ...(world.durable && { durable: true }) });
    return Array.from({ length: RUNS_PER_BASELINE }, () => {
      const run = startRun(random, world);
      run.upTo(FIRST_LOOK, run.names);
      for (const look of LATER_LOOKS) run.upTo(look, undecidedAgainst(baseline)(run.result(BARE)));
      return judge(run.result(BARE), baseline);
    });
  }).flat();
}

const first = ({ scenarios: [scenario] }: VerdictReport): ScenarioVerdict | undefined => scenario;
const shareOf = <T>(items: readonly T[], wanted: (item: T) => boolean) => items.filter(wanted).length / items.length;
const isBelow = ({ verdict }: VerdictReport) => verdict === "below";

const COMPANY: World = { others: 0.9 };

describe("on a quiet machine, with the later looks for what is undecided", () => {
  test.each([1, 3])("a sound stack is below in at most 2.5 in 100 runs, for a baseline of %i runs", (runs) => {
    const found = verdicts(runs, { trials: 500, runs });
    expect(shareOf(found, isBelow)).toBeLessThanOrEqual(0.025);
    const all = found.flatMap(({ scenarios }) => scenarios);
    expect(shareOf(all, ({ verdict }) => verdict === "meets")).toBeGreaterThan(0.9);
    expect(shareOf(all, ({ decidedBy }) => decidedBy === "work")).toBeLessThan(0.25);
  });

  test("a loss of 20 % is below in most runs and meets in 1 of 100 at most, one of 30 % is below in nearly all", () => {
    const fifth = verdicts(11, { trials: 100, world: { fault: { throughput: 0.8 } } });
    const third = verdicts(12, { trials: 100, world: { fault: { throughput: 0.7 } } });
    expect(shareOf(fifth, isBelow)).toBeGreaterThan(0.5);
    expect(shareOf(third, isBelow)).toBeGreaterThan(0.95);
    expect(shareOf(fifth, (report) => first(report)?.verdict === "meets")).toBeLessThanOrEqual(0.01);
    expect(shareOf(third, (report) => first(report)?.verdict === "meets")).toBe(0);
  });

  test("controls cost nothing where nothing is to explain: the interval is as wide as without them, within 3 %", () => {
    const random = seeded(13);
    const widths = Array.from({ length: 60 }, () => {
      const baseline = quietBaseline(random, 1);
      const run = startRun(random);
      run.upTo(12, run.names);
      const now = run.result(BARE);
      const { controls: _, ...bare } = baseline;
      const without = judge(withoutSpeed(withoutReadings(now)), {
        ...bare,
        runs: baseline.runs.map(withoutReadings).map(withoutSpeed),
      });
      return [
        widthOf(judge(withoutSpeed(now), { ...baseline, runs: baseline.runs.map(withoutSpeed) })),
        widthOf(without),
      ];
    });
    const total = (side: number) => mean(widths.map((pair) => pair[side] ?? 0));
    expect(total(0) / total(1)).toBeLessThan(1.03);
    expect(total(0) / total(1)).toBeGreaterThan(0.9);
  });
});

describe("beside others that take 0.9 of 2 cpus, each time of another kind", () => {
  test("a sound stack is below in at most 2 % of 500 runs, and most scenarios meet, by work", () => {
    const found = verdicts(21, { trials: 500, world: COMPANY });
    expect(shareOf(found, isBelow)).toBeLessThanOrEqual(0.02);
    const all = found.flatMap(({ scenarios }) => scenarios);
    expect(shareOf(all, ({ verdict }) => verdict === "meets")).toBeGreaterThan(0.7);
    const met = all.filter(({ verdict }) => verdict === "meets");
    expect(shareOf(met, ({ decidedBy }) => decidedBy === "work")).toBeGreaterThan(0.8);
    expect(met.find(({ decidedBy }) => decidedBy === "work")?.reason).toMatch(
      /^an operation costs no more than before \(cpu per operation .*\); the machine gives \d+ % less: others use \d\.\d of 2 cpus$/,
    );
  });

  test.each([
    ["60 % more cpu per operation", { cpu: 1.6 }, "cpu per operation", 0.9],
    ["a sleep that trebles the shortest latencies", { p5: 3, throughput: 0.7 }, "p5 latency", 0.85],
    ["a limit that holds back for 40 % of the time", { heldBack: 0.4, throughput: 0.8 }, "time held back", 0.9],
  ] as const)("%s is below by work, and never meets", (_, fault, metric, power) => {
    const found = verdicts(31, { trials: 100, world: { ...COMPANY, fault } }).map(first);
    const isFound = (scenario: ScenarioVerdict | undefined) =>
      scenario?.verdict === "below" && scenario.reason.includes(metric) && scenario.decidedBy === "work";
    expect(shareOf(found, isFound)).toBeGreaterThan(power);
    expect(shareOf(found, (scenario) => scenario?.verdict === "meets")).toBe(0);
  });
});

describe("durable writes beside a disk writer", () => {
  const world: World = { others: 0.3, disk: 5, durable: true };

  test("are below in at most 2 % of 500 runs", () => {
    expect(shareOf(verdicts(41, { trials: 500, world }), isBelow)).toBeLessThanOrEqual(0.02);
  });

  test("that sync three times as often are below by what is counted", () => {
    const found = verdicts(43, { trials: 60, world: { ...world, fault: { syncedWrites: 3 } } }).map(first);
    expect(
      shareOf(found, (scenario) => scenario?.reason.startsWith("synced writes per operation") === true),
    ).toBeGreaterThan(0.95);
  });
});

/** Both sides without the machine's speed, whose error would hide what the controls cost. */
function withoutSpeed(run: SmokeRun): SmokeRun {
  const { calibration: _, ...rest } = run;
  return rest;
}

function widthOf(report: VerdictReport): number {
  const found = first(report)?.comparisons.find(({ metric }) => metric === "throughput");
  if (found === undefined) throw new Error("no throughput was compared");
  return found.interval.high - found.interval.low;
}
