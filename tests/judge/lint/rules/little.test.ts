import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recordBaseline } from "../../../../stack/judge/baseline.ts";
import { littleInBlocks, littleInRows } from "../../../../stack/judge/lint/rules/little.ts";
import { recordedScenarios } from "../../../../stack/judge/lint/recorded.ts";
import type { LoadToolFormat } from "../../../../stack/core/service/load-tool-format.ts";
import { blockOf, runOf, scenarioOf, seeded } from "../../../support/judge/runs.ts";
import { rowOf, sourceOf, tableOf } from "../../../support/judge/lint.ts";

const clients8 = { tables: [tableOf("oven", { clients: 8 })] };

describe("rows with a stated number of clients", () => {
  test("cannot have a throughput × mean latency of another number", () => {
    const rows = [rowOf("bread", { throughput: 400, meanMs: 20 }), rowOf("cake", { throughput: 400, meanMs: 60 })];
    const [found, ...more] = littleInRows(sourceOf({ ...clients8, rows }));
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      severity: "impossible",
      says: "throughput × mean latency is not 8 clients for cake",
    });
    expect(found?.arithmetic[0]).toContain("400 /s × 60 ms = 24");
  });

  test("are never found where the law holds, however they are rounded", () => {
    const row = fc.record({
      meanMs: fc.double({ min: 0.5, max: 500, noNaN: true }),
      clients: fc.integer({ min: 1, max: 200 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (made) => {
        const rows = made.map(({ meanMs, clients }, index) =>
          rowOf(`dish ${index}`, {
            clients,
            throughput: Number(((1000 * clients) / meanMs).toFixed(1)),
            meanMs: Number(meanMs.toFixed(1)),
          }),
        );
        expect(littleInRows(sourceOf({ tables: [tableOf()], rows }))).toEqual([]);
      }),
    );
  });

  test("of a tool's default are doubted, for a document may have used another", () => {
    const whisk: LoadToolFormat = {
      name: "whisk",
      defaultClients: 40,
      flags: { clients: "-c" },
      reads: {},
      prints: [],
    };
    const tables = [tableOf("oven", { tool: "whisk" })];
    const rows = [rowOf("bread", { throughput: 400, meanMs: 20 }), rowOf("cake", { throughput: 1500, meanMs: 20 })];
    const found = littleInRows(sourceOf({ tables, rows }, [whisk]));
    expect(found.map(({ severity, says }) => [severity, says])).toEqual([
      ["suspicious", "throughput × mean latency is not 40 clients for bread"],
    ]);
  });
});

describe("recorded blocks", () => {
  const random = seeded(3);
  const blocks = Array.from({ length: 6 }, () => blockOf(random, 0.05));
  const recorded = (broken: number) => {
    const changed = blocks.map((block, index) =>
      index < broken ? { ...block, throughput: 3 * block.throughput } : block,
    );
    return recordedScenarios(recordBaseline([runOf([scenarioOf("oven/bread", changed)])])).flatMap(littleInBlocks);
  };

  test("may break the law in a pause of the machine, and not in most of them", () => {
    expect(recorded(0)).toEqual([]);
    expect(recorded(3)).toEqual([]);
    const [found] = recorded(4);
    expect(found).toMatchObject({ severity: "impossible", place: "oven/bread" });
    expect(found?.says).toContain("is not 4 in 4 of 6 blocks");
  });
});
