import { describe, expect, test } from "vitest";
import { varianceDocument, varianceText } from "./document.ts";
import type { Variance } from "./measure.ts";
import type { Measured } from "./results.ts";
import { normalOf } from "./normal.ts";

const DESIGN = { runs: 5, connections: 4, blocks: 4, windows: 5, windowMs: 80, toolS: 1 };

const list = <Item>(count: number, make: () => Item) => Array.from({ length: count }, make);

/** Throughput falls by `slope` per core of others, which vary from block to block; windows add `within`. */
function simulated(clients: number, slope: number, within: number, seed: number): Measured {
  const normal = normalOf(seed);
  const block = () => {
    const otherCores = Math.abs(normal()) / 2;
    return list(DESIGN.windows, () => ({
      throughput: 1000 * Math.exp(-slope * otherCores + within * normal()),
      serverCpuUs: 100 * Math.exp(0.02 * normal()),
      clientCpuUs: 80 * Math.exp(0.02 * normal()),
      otherCores,
      stealCores: 0,
    }));
  };
  return {
    scenario: "store/read",
    clients,
    observed: list(DESIGN.runs, () => list(DESIGN.connections, () => list(DESIGN.blocks, block))),
    overheadMs: [60, 70, 65],
    tool: {
      tool: "storebench",
      ours: list(15, () => ({ throughput: 1000 * Math.exp(0.2 * normal()), otherCores: 0.1 })),
      theirs: list(15, () => ({ throughput: 2000 * Math.exp(0.05 * normal()), otherCores: 0.1 })),
    },
  };
}

const of = (...measured: readonly Measured[]) =>
  varianceDocument({ profile: "dev", design: DESIGN, machine: "2 cpus", measured, notes: [] } satisfies Variance);

describe("the table of the variance", () => {
  test("gives what varies with other load to the blocks, and to the machine", () => {
    const [row] = of(simulated(5, 0.5, 0.05, 1)).rows;
    expect(row?.throughput.blocks.share).toBeGreaterThan(0.8);
    expect(row?.throughput.runs.share).toBeLessThan(0.1);
    expect(row?.explained?.parts["machine"]).toBeGreaterThan(0.9);
  });

  test("gives what varies from window to window to them, and suggests longer windows then", () => {
    const [noisy] = of(simulated(5, 0, 0.2, 2)).rows;
    const [drifting] = of(simulated(5, 0.5, 0.05, 2)).rows;
    expect(noisy?.throughput.windows.share).toBeGreaterThan(0.9);
    expect(noisy?.bestWindowMs).toBeGreaterThan(drifting?.bestWindowMs ?? Infinity);
  });

  test("suggests the number of clients with the smallest error in the same time", () => {
    const { suggestions } = of(simulated(1, 0, 0.3, 3), simulated(5, 0, 0.1, 4));
    expect(suggestions).toMatchObject([{ scenario: "store/read", clients: 5 }]);
  });

  test("compares the spread of the server's own tool with the client's", () => {
    const document = of(simulated(5, 0, 0.1, 5));
    const tool = document.rows[0]?.tool;
    expect(tool?.theirs.raw).toBeLessThan(tool?.ours.raw ?? 0);
    expect(varianceText(document)).toContain("storebench");
  });
});
