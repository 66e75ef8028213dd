import { describe, expect, test } from "vitest";
import { constantRatios } from "../../../../stack/judge/lint/rules/constant-ratio.ts";
import { seeded } from "../../../support/judge/runs.ts";
import { rowOf, sourceOf, tableOf } from "../../../support/judge/lint.ts";

const rates = [120, 310, 450, 700, 950, 1300, 2100, 3700];
/** Rows whose latency was divided out of the throughput. */
const computed = (clients: number, table = "oven") =>
  rates.map((throughput, index) =>
    rowOf(`dish ${index}`, { table, throughput, meanMs: Number(((1000 * clients) / throughput).toFixed(1)) }),
  );

describe("throughput × latency without a stated number of clients", () => {
  test("is doubted where it is one number in nearly all rows, with the rows that differ", () => {
    const odd = rowOf("soup", { throughput: 10, meanMs: 4000 });
    const [found] = constantRatios(sourceOf({ tables: [tableOf()], rows: [...computed(7), odd] }));
    expect(found).toMatchObject({ rule: "constant ratio", severity: "suspicious" });
    expect(found?.says).toContain("is 7 in 8 of 9 rows");
    expect(found?.arithmetic.at(-1)).toContain("soup 40");
  });

  test("is one finding over tables that share the number, and one for each other number", () => {
    const tables = [tableOf(), tableOf("stove"), tableOf("grill")];
    const rows = [...computed(7), ...computed(7, "stove"), ...computed(30, "grill")];
    const found = constantRatios(sourceOf({ tables, rows }));
    expect(found.map(({ says }) => says.slice(0, 50))).toEqual([
      expect.stringContaining("is 7 in 16 of 16"),
      expect.stringContaining("is 30 in 8 of 8"),
    ]);
  });

  test("is what it must be where the number of clients is stated", () => {
    expect(constantRatios(sourceOf({ tables: [tableOf("oven", { clients: 7 })], rows: computed(7) }))).toEqual([]);
  });

  test("is not found in figures that vary as measured ones do, nor in a handful of rows", () => {
    const random = seeded(11);
    const rows = rates.map((throughput, index) => rowOf(`dish ${index}`, { throughput, meanMs: 2 + 40 * random() }));
    expect(constantRatios(sourceOf({ tables: [tableOf()], rows }))).toEqual([]);
    expect(constantRatios(sourceOf({ tables: [tableOf()], rows: computed(7).slice(0, 5) }))).toEqual([]);
  });
});

describe("p95 over mean", () => {
  const random = seeded(5);
  const tails = (ratio: () => number) =>
    ["oven", "stove", "grill"].flatMap((service) =>
      rates.map((throughput, index) => {
        const meanMs = 3 + 50 * random();
        return rowOf(`dish ${index}`, { service, throughput, meanMs, p95Ms: meanMs * ratio() });
      }),
    );

  test("is doubted where it is one factor for whatever is measured", () => {
    const [found] = constantRatios(sourceOf({ tables: [tableOf("oven", { clients: 1 })], rows: tails(() => 2.5) }));
    expect(found?.says).toBe("p95 is 2.5 × the mean in 24 of 24 rows of 3 services");
  });

  test("is not found where tails differ", () => {
    const rows = tails(() => 1.2 + 3 * random());
    expect(constantRatios(sourceOf({ tables: [tableOf("oven", { clients: 1 })], rows }))).toEqual([]);
  });
});
