import { describe, expect, test } from "vitest";
import type { Bar } from "../bar-document.ts";
import type { Judged, Line, Sample } from "../samples.ts";
import { detectionDocument } from "./document.ts";
import { detectionText } from "./text.ts";

const CONDITIONS = { profile: "dev", machine: "4 cpus", margin: 0.1, profileS: 30 };

const compared = (now: number, half: number) => {
  const estimate = Math.log(now / 1000);
  return { now, expected: 1000, estimate, low: estimate - half, high: estimate + half, margin: 0.105 };
};

const judged = (throughput: number, change: Partial<Judged> = {}): Judged => ({
  verdict: "meets",
  reason: "",
  throughput,
  cpuUs: 100,
  comparisons: { throughput: compared(throughput, 0.08) },
  ...change,
});

const clean = (write: number, change: Partial<Sample> = {}): Sample => ({
  slice: "first",
  group: "company",
  company: "none",
  detail: "no fault",
  verdict: "meets",
  scenarios: { "store/read": judged(1000), "store/write": judged(write) },
  budgetS: 60,
  elapsedS: 60,
  complete: true,
  ...change,
});

const found = { verdict: "below", cause: "cpu limit" } as const;

/** A run with half of the cpu; `write` says what was measured and judged of the harmed scenario. */
const harmed = (write: Judged, change: Partial<Sample> = {}): Sample => ({
  ...clean(1000),
  group: "faults",
  fault: "cpu",
  service: "store",
  detail: "0.4 cpus",
  verdict: write.verdict,
  scenarios: { "store/read": judged(1000), "store/write": write },
  ...change,
});

const times = (count: number, make: (index: number) => Sample) =>
  Array.from({ length: count }, (_, index) => make(index));
const usual = times(10, (index) => clean(995 + index));
const of = (lines: readonly Line[]) => detectionDocument({ lines, conditions: CONDITIONS });
const claimsOn = (lines: readonly Line[], word: string) => of(lines).claims.filter(({ text }) => text.includes(word));

const holdsAlone = (lines: readonly Sample[]) => claimsOn(lines, "clean, beside none").map(({ holds }) => holds);

/** Quiet runs whose `meets` has an interval of this half-width. */
const quiet = (half: number) =>
  times(10, () => {
    const write = judged(1000, { comparisons: { throughput: compared(1000, half) } });
    return clean(1000, { group: "quiet", scenarios: { "store/write": write } });
  });

/** Runs beside two companies: throughput varies by 20 % on both sides, and the residual by this much. */
const beside = (residual: number) =>
  times(20, (index) => {
    const side = index % 2 === 0 ? 1 : -1;
    const estimate = side * residual;
    const comparisons = { throughput: { ...compared(1000, 0.1), estimate } };
    return clean(1000, {
      company: index % 4 < 2 ? "none" : "bursts",
      scenarios: { "store/write": judged(1000 * Math.exp(0.2 * side), { comparisons }) },
    });
  });

describe("a fault", () => {
  test("counts as found where a scenario that it harms is below, and as named where the cause is right", () => {
    const { faults, ok } = of([...usual, ...times(10, () => harmed(judged(500, found)))]);
    expect(faults[0]?.worst?.scenario).toBe("store/write");
    expect(faults[0]?.worst?.loss).toBeCloseTo(0.5, 2);
    expect(faults[0]?.below).toMatchObject({ successes: 10, trials: 10 });
    expect(faults[0]?.named).toMatchObject({ successes: 10, trials: 10 });
    expect(ok).toBe(true);
  });

  test("fails the experiment where it is missed in over 10 % of the runs, or misnamed in over 15 % of those found", () => {
    const missed = times(2, () => harmed(judged(500, { verdict: "inconclusive" })));
    const misnamed = times(2, () => harmed(judged(500, { ...found, cause: "network" })));
    const right = times(8, () => harmed(judged(500, found)));
    const holds = (lines: readonly Sample[]) =>
      claimsOn([...usual, ...lines], "cpu in store").map((claim) => claim.holds);
    expect(holds([...right, ...missed])).toEqual([false, true]);
    expect(holds([...right, ...misnamed])).toEqual([true, false]);
    expect(of([...usual, ...right, ...missed]).ok).toBe(false);
  });

  test("is not found by a `below` of a scenario that loses nothing: that one is false", () => {
    const wrong = times(10, () => {
      const scenarios = { "store/read": judged(1000, found), "store/write": judged(500, { verdict: "inconclusive" }) };
      return harmed(judged(500), { scenarios, verdict: "below" });
    });
    const { faults } = of([...usual, ...wrong]);
    expect(faults[0]?.below.successes).toBe(0);
    expect(faults[0]?.falseElsewhere).toMatchObject({ successes: 10, trials: 10 });
  });

  test("claims nothing where its true effect on every scenario is within the margin, and says what it takes", () => {
    const lines = [...usual, ...times(10, () => harmed(judged(960)))];
    expect(of(lines).faults[0]?.claimed).toBe(false);
    expect(claimsOn(lines, "cpu in store").map(({ holds }) => holds)).toEqual([undefined, undefined]);
    expect(detectionText(of(lines))).toContain("within the margin: not claimed");
  });

  test("claims nothing where no run without it was made beside the same company", () => {
    const lines = times(3, () => harmed(judged(500, found), { company: "disk" }));
    expect(of([...usual, ...lines]).faults[0]?.claimed).toBeUndefined();
  });

  test("may take nothing but work: the server's cpu per operation counts as well as throughput", () => {
    const { faults } = of([...usual, ...times(10, () => harmed(judged(1000, { ...found, cpuUs: 200 })))]);
    expect(faults[0]?.worst?.loss).toBeCloseTo(0.5, 2);
    expect(faults[0]?.claimed).toBe(true);
  });

  test("is compared with the clean runs of the same stack, for another may be faster", () => {
    const slow = times(10, () => clean(500, { slice: "second" }));
    const there = times(5, () => harmed(judged(250, found), { slice: "second" }));
    const { faults } = of([...usual, ...slow, ...times(5, () => harmed(judged(500, found))), ...there]);
    expect(faults[0]?.worst?.loss).toBeCloseTo(0.5, 2);
  });
});

describe("a clean stack", () => {
  test("must be decided in 90 % of the scenarios, and below in 2 % of the runs at most", () => {
    const open = { "store/read": judged(1000, { verdict: "inconclusive" }), "store/write": judged(1000) };
    const lost = { "store/read": judged(1000, found), "store/write": judged(1000) };
    expect(holdsAlone(usual)).toEqual([true, true]);
    expect(holdsAlone([...usual, ...times(5, () => clean(1000, { scenarios: open }))])).toEqual([false, true]);
    expect(holdsAlone([...usual, clean(1000, { scenarios: lost })])).toEqual([true, false]);
  });

  test("excludes in its quiet runs what the interval of `meets` does not allow", () => {
    const narrow = of(quiet(0.15));
    expect(narrow.quiet?.scenarios[0]?.excludedMedian).toBeCloseTo(1 - Math.exp(-0.15), 5);
    expect(claimsOn(quiet(0.15), "excludes").map(({ holds }) => holds)).toEqual([true]);
    expect(claimsOn(quiet(0.3), "excludes").map(({ holds }) => holds)).toEqual([false]);
    const long = detectionDocument({ lines: quiet(0.15), conditions: { ...CONDITIONS, untilDecidedS: 180 } });
    expect(long.claims.find(({ text }) => text.includes("excludes"))?.holds).toBe(false);
  });

  test("shows how much less the residual varies than the throughput, and fails where it varies more beside others", () => {
    const [row] = of(beside(0.05)).spread.together;
    expect([row?.throughput, row?.residual].map((deviation) => deviation?.toFixed(2))).toEqual(["0.21", "0.05"]);
    expect(claimsOn(beside(0.05), "varies less").map(({ holds }) => holds)).toEqual([true]);
    expect(claimsOn(beside(0.3), "varies less").map(({ holds }) => holds)).toEqual([false]);
  });
});

describe("the bar", () => {
  const step = {
    title: "verify",
    exitCode: 0,
    verdict: "meets",
    decided: 12,
    scenarios: 12,
    causes: [],
    summary: "",
    elapsedS: 40,
  };
  const bar: Bar = {
    group: "bar",
    clean: step,
    harmed: { ...step, exitCode: 3, verdict: "below", causes: ["own load"] },
  };

  test("holds if a clean stack is decided, and busy loops inside a container are found and named", () => {
    expect(of([bar]).claims.map(({ holds }) => holds)).toEqual([true, true, true]);
  });

  test("does not hold if something is open, nothing is found, or another cause is named", () => {
    const open = { ...bar, clean: { ...step, decided: 11 } };
    const missed: Bar = { ...bar, harmed: { ...step, causes: ["other load"] } };
    expect(of([open]).claims.map(({ holds }) => holds)).toEqual([false, true, true]);
    expect(of([missed]).claims.map(({ holds }) => holds)).toEqual([true, false, false]);
    expect(of([missed]).ok).toBe(false);
  });
});
