import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadBaseline } from "../../../stack/records/files.ts";
import { lintBaseline } from "../../../stack/judge/lint/lint-baseline.ts";
import type { ReferenceBaseline } from "../../../stack/core/results/reference.ts";
import { loadToolFormats } from "../../../stack/services/index.ts";
import {
  AB_ARGV,
  AB_OUTPUT,
  cell,
  cellsOf,
  CLAIM,
  comparedOf,
  documentOf,
  outputOf,
  rowOf,
  tableOf,
} from "../../support/judge/lint.ts";

/** A document whose every figure follows from a simulated closed loop, and is then rounded as people round. */
const consistent = fc
  .record({
    clients: fc.integer({ min: 1, max: 64 }),
    means: fc.array(fc.integer({ min: 20, max: 20_000 }), { minLength: 2, maxLength: 25 }),
    tails: fc.array(fc.double({ min: 1.2, max: 5, noNaN: true }), { minLength: 25, maxLength: 25 }),
    sizes: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 2, maxLength: 12 }),
  })
  .map(({ clients, means, tails, sizes }): ReferenceBaseline => {
    const rows = means.map((tenths, index) => {
      const meanMs = tenths / 10;
      const p50Ms = Number((0.8 * meanMs).toFixed(1));
      const p95Ms = Number(((tails[index] ?? 2) * meanMs).toFixed(1));
      const throughput = Number(((1000 * clients) / meanMs).toFixed(1));
      return rowOf(`dish ${index}`, {
        throughput,
        meanMs,
        p50Ms,
        p95Ms,
        samples: 4000,
        interval95: { low: 1, high: 2 },
      });
    });
    const sum = sizes.reduce((all, size) => all + size, 0);
    const [first = 1, second = 1] = means;
    return documentOf({
      tables: [
        tableOf("oven", { clients }),
        cellsOf(
          ["jar", "size"],
          sizes.map((size, index) => [`jar ${index}`, `${size} MB`]),
          ["Total", `${sum} MB`],
        ),
      ],
      rows,
      toolOutputs: [outputOf(AB_OUTPUT, { argv: AB_ARGV })],
      claims: [
        comparedOf({
          stated: `${Math.round((first / second - 1) * 100)}%`,
          pairs: [{ of: cell("dish 0", "meanMs"), to: cell("dish 1", "meanMs") }],
        }),
        {
          kind: "ranked",
          ...CLAIM,
          better: "lower",
          ranks: (first <= second ? [0, 1] : [1, 0]).map((index) => {
            return {
              name: `dish ${index}`,
              figures: [cell(`dish ${index}`, "meanMs"), cell(`dish ${index}`, "p50Ms")],
            };
          }),
        },
        { kind: "restated", ...CLAIM, of: { printed: "648 req/sec", line: 3 }, to: { output: "bake", value: "rate" } },
      ],
    });
  });

describe("the linter", () => {
  test("finds nothing in a document that is consistent, whatever its figures are", () => {
    fc.assert(
      fc.property(consistent, (document) => {
        expect(lintBaseline(document)).toEqual([]);
      }),
    );
  });

  test("puts what cannot be before what is doubted, and that before what is missing", () => {
    const rows = [rowOf("bread", { throughput: 10, meanMs: 3, p50Ms: 9, p95Ms: 5 })];
    const found = lintBaseline(documentOf({ tables: [tableOf()], rows }));
    const order = found.map(({ severity }) => severity);
    expect(new Set(order)).toEqual(new Set(["impossible", "undocumented"]));
    expect(order).toEqual(order.toSorted((left, right) => (left < right ? -1 : 1)));
  });
});

describe("the published reference", () => {
  test("contradicts itself in these places, and names no figure that it lacks", async () => {
    const reference = await loadBaseline(
      fileURLToPath(new URL("../../../profiles/baselines", import.meta.url)),
      "reference-m1max",
    );
    const found = lintBaseline(reference, loadToolFormats);
    const texts = found.map(({ severity, lines, says }) => `${severity} ${lines[0] ?? ""} ${says}`);
    expect(texts.filter((text) => text.startsWith("impossible"))).toMatchInlineSnapshot(`
      [
        "impossible 439 ab -t 60 stops after 60 s, and its output says 245.2 s",
        "impossible 473 ab -t 60 stops after 60 s, and its output says 187.5 s",
        "impossible 507 ab -t 60 stops after 60 s, and its output says 260.9 s",
        "impossible 403 Memory (RSS): 19 rows sum to 1,865 MB, the total says ~2.8 GB",
        "impossible 403 Memory (VSZ): 19 rows sum to 3,362 MB, the total says ~5.2 GB",
        "impossible 298 PING_INLINE: redis-benchmark cannot print 18,182.58",
        "impossible 88 GET /examples/cache/key involves cache and all of GET /, and is faster in 4 of 4 figures",
        "impossible 150 "Slightly higher latency than Go, better than Python" puts Node.js before Python; 6 of 6 figures say the opposite",
        "impossible 569 "Impact: Lower throughput than Go/Node.js under load" puts Node.js before Python; 1 of 1 figures say the opposite",
        "impossible 312 "Cluster overhead: ~15% compared to single Redis instance" states ~15%, which 0 of 2 pairs of figures give",
      ]
    `);
    expect(texts.filter((text) => text.startsWith("suspicious"))).toMatchInlineSnapshot(`
      [
        "suspicious 278 throughput × mean latency is not 50 clients for SET, GET (hit), GET (miss), DEL, INCR, LPUSH, SADD, ZADD, HSET",
        "suspicious 203 throughput × mean latency is 5 in 24 of 27 rows, and no number of clients is stated: one column follows from the other",
        "suspicious 278 throughput × mean latency is 10 in 9 of 9 rows, and no number of clients is stated: one column follows from the other",
        "suspicious 325 throughput × mean latency is 20 in 7 of 7 rows, and no number of clients is stated: one column follows from the other",
        "suspicious 203 p95 is 1.9 × the mean in 44 of 46 rows of 6 services",
        "suspicious 299 10 durations are all whole tenths of a second; by chance, once in 10^20",
        "suspicious 129 "30-40% faster than Python for most operations" states 30-40%, which 4 of 14 pairs of figures give",
        "suspicious 418 "Memory usage remains stable under load", and 5 of 5 figures change by over 10 %",
        "suspicious 562 "Issue: Every Vault call adds 10-15ms" states 10-15ms, which 0 of 4 pairs of figures give",
        "suspicious 329 Consume (no ack) and Consume (auto ack) are one mode (basic.consume with no-ack set), with 2 results",
        "suspicious 301 GET (hit) throughput 18,000 (redis-node) against GET 17,543.86 in the output: one measurement has one result",
        "suspicious 302 INCR throughput 13,000 (redis-node) against INCR 13,333.33 in the output: one measurement has one result",
        "suspicious 307 SADD throughput 12,500 (redis-node) against SADD 12,048.19 in the output: one measurement has one result",
        "suspicious 216 3 of 6 lines are not as pgbench of version 15 and newer prints them",
        "suspicious 298 11 of 11 lines are not as redis-benchmark of version 6.2 and newer prints them",
        "suspicious 440 14 of 18 lines are not as ab prints them",
        "suspicious 474 14 of 18 lines are not as ab prints them",
        "suspicious 508 14 of 18 lines are not as ab prints them",
      ]
    `);
    expect(found.filter(({ rule }) => rule === "unknown figure")).toEqual([]);
    expect(texts).toContain(
      "undocumented 300 SET throughput 12,000 (redis-node) against SET 12,048.19 in the output: rounded without a word",
    );
  });
});
