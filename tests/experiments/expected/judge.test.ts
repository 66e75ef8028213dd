import { describe, expect, test } from "vitest";
import { generator } from "../../../stack/judge/stats/generator.ts";
import { expectedDocument, expectedText } from "./document.ts";
import { judgeGroup, type ScenarioPairs } from "./judge.ts";

interface Made {
  readonly scenario?: string;
  readonly count?: number;
  /** What being on costs, as a share. */
  readonly time?: number;
  readonly cpu?: number;
  /** Largest deviation of a window from its level, as a share. */
  readonly noise?: number;
  readonly clientCpuUs?: number;
}

/** Windows at a level that falls by half over the run, as on a machine that others begin to use. */
function pairsWith({ scenario = "store/read", count = 12, time = 0, cpu = 0, ...rest }: Made): ScenarioPairs {
  const { noise = 0.01, clientCpuUs = 100 } = rest;
  const random = generator(7);
  const varied = (level: number) => level * (1 + noise * (2 * random() - 1));
  const pairs = Array.from({ length: count }, (_, index) => {
    const level = 4000 * (1 - index / (2 * count));
    return {
      on: { throughput: varied(level / (1 + time)), serverCpuUs: varied(50 * (1 + cpu)), clientCpuUs },
      off: { throughput: varied(level), serverCpuUs: varied(50), clientCpuUs },
    };
  });
  return { scenario, clients: 5, pairs };
}

describe("settings on and off in turn", () => {
  test("that cost nothing are under 3 %, also while the machine becomes slower", () => {
    const { verdict, scenarios } = judgeGroup([pairsWith({})]);
    expect(verdict).toBe("under 3 %");
    expect(scenarios[0]?.time?.high).toBeLessThan(0.03);
    expect(scenarios[0]?.cpu?.high).toBeLessThan(0.03);
  });

  test("that cost a tenth of time are not, with an interval around it", () => {
    const { verdict, scenarios } = judgeGroup([pairsWith({ time: 0.1 }), pairsWith({ scenario: "store/write" })]);
    expect(verdict).toBe("not");
    expect(scenarios.map((each) => each.verdict)).toEqual(["not", "under 3 %"]);
    const { low = 0, estimate = 0, high = 0 } = scenarios[0]?.time ?? {};
    expect(low).toBeGreaterThan(0.03);
    expect(low).toBeLessThan(estimate);
    expect(high).toBeGreaterThan(estimate);
    expect(estimate).toBeCloseTo(0.1, 1);
  });

  test("that cost a tenth of cpu are not, although time shows nothing", () => {
    expect(judgeGroup([pairsWith({ cpu: 0.1 })]).verdict).toBe("not");
  });

  test("are undecided among noise, and not called harmless", () => {
    const { verdict, scenarios } = judgeGroup([pairsWith({ noise: 0.4, count: 8 })]);
    expect(verdict).toBe("undecided");
    expect(scenarios[0]?.reason).toBe("the interval reaches over 3 %");
  });

  test("are undecided with fewer pairs than an interval needs", () => {
    const { verdict, scenarios } = judgeGroup([pairsWith({ count: 5 })]);
    expect(verdict).toBe("undecided");
    expect(scenarios[0]).toMatchObject({ pairs: 5, reason: "5 pairs, and 6 are the fewest that show anything" });
    expect(scenarios[0]).not.toHaveProperty("time");
  });

  test("are judged by cpu alone where the client set the pace", () => {
    const [judged] = judgeGroup([pairsWith({ time: 0.1, clientCpuUs: 500 })]).scenarios;
    expect(judged).toMatchObject({ verdict: "under 3 %" });
    expect(judged).not.toHaveProperty("time");
  });

  test("are undecided as a whole if one scenario is, and without any", () => {
    const some = judgeGroup([pairsWith({}), pairsWith({ scenario: "store/write", noise: 0.4, count: 8 })]);
    expect(some.scenarios.map(({ verdict }) => verdict)).toEqual(["under 3 %", "undecided"]);
    expect(some.verdict).toBe("undecided");
    expect(judgeGroup([]).verdict).toBe("undecided");
  });

  test("that cost nothing are called costly in at most one of twenty groups", () => {
    const random = generator(11);
    const noisy = (level: number) => level * Math.exp(0.1 * (random() + random() + random() - 1.5));
    const groups = Array.from({ length: 400 }, () => {
      const pairs = Array.from({ length: 8 }, () => ({
        // Exactly at the limit: the hardest case.
        on: { throughput: noisy(1000), serverCpuUs: noisy(103), clientCpuUs: 1 },
        off: { throughput: noisy(1030), serverCpuUs: noisy(100), clientCpuUs: 1 },
      }));
      return judgeGroup([{ scenario: "store/read", clients: 1, pairs }]).verdict;
    });
    expect(groups.filter((verdict) => verdict === "not").length).toBeLessThan(0.08 * groups.length);
    expect(groups.filter((verdict) => verdict === "under 3 %").length).toBeLessThan(0.12 * groups.length);
  });
});

describe("the document", () => {
  const group = { name: "store/log", takes: "live", on: ["log = on"], off: ["log = off"] } as const;
  const measured = (time: number) => {
    const groups = [{ ...group, scenarios: [pairsWith({ time })] }];
    return expectedDocument({
      profile: "dev",
      seconds: 2,
      loadBefore: 1,
      groups,
      notes: ["store/x was not measured: gone"],
    });
  };

  test("must hold unless a group costs more than 3 %, or nothing was measured", () => {
    expect(measured(0).holds).toBe(true);
    expect(measured(0.1).holds).toBe(false);
    expect(expectedDocument({ profile: "dev", seconds: 2, loadBefore: 1, groups: [], notes: [] }).holds).toBe(false);
  });

  test("must show each group with its values, its costs with their intervals, and what was left out", () => {
    const text = expectedText(measured(0.1));
    expect(text).toContain("store/log: not\nlog = on against log = off, switched while the server runs");
    expect(text).toMatch(/store\/read +5 +12 +\+\d+\.\d % \(\+\d+\.\d to \+\d+\.\d\) +[+-]\d/);
    expect(text).toContain("store/x was not measured: gone");
  });
});
