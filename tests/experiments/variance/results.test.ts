import { describe, expect, test } from "vitest";
import { joined, type MeasuredOnce } from "./results.ts";

const once = (scenario: string, throughput: number): MeasuredOnce => {
  const timed = { throughput, otherCores: 0.1 };
  const observed = { ...timed, serverCpuUs: 100, clientCpuUs: 80, stealCores: 0 };
  return {
    scenario,
    clients: 5,
    observed: [[[observed]]],
    overheadMs: [60],
    tool: { tool: "bench", ours: [timed], theirs: [timed] },
  };
};

describe("the runs of a scenario", () => {
  test("are joined in their order, with what their load tools measured", () => {
    const [found] = joined([
      { measured: [once("a", 1)], notes: [] },
      { measured: [once("a", 2)], notes: [] },
    ]);
    expect(found?.observed.flat(3).map(({ throughput }) => throughput)).toEqual([1, 2]);
    expect(found?.tool?.ours.map(({ throughput }) => throughput)).toEqual([1, 2]);
    expect(found?.overheadMs).toEqual([60, 60]);
  });

  test("count only if no run left the scenario out, because levels need equal sizes", () => {
    const runs = [
      { measured: [once("a", 1), once("b", 1)], notes: [] },
      { measured: [once("b", 2)], notes: [] },
    ];
    expect(joined(runs).map(({ scenario }) => scenario)).toEqual(["b"]);
  });
});
