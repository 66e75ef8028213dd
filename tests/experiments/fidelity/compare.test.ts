import { describe, expect, test } from "vitest";
import { compare, type Sample } from "./compare.ts";

const sides = (ours: readonly Sample[], theirs: readonly Sample[]) => ({
  name: "store/get",
  tool: "tool",
  clients: 5,
  ours,
  theirs,
});
const sample = (throughput: number, p95Ms: number | undefined = 2, clientLimited?: string): Sample => {
  return { throughput, p95Ms, clientLimited };
};
const three = (one: Sample) => [one, one, one];

describe("the load engine beside another tool", () => {
  test("agrees from nine tenths of the throughput on, with percentiles that are near", () => {
    const row = compare(sides(three(sample(900, 2.19)), three(sample(1000, 2))));
    expect(row).toMatchObject({ outcome: "agrees", rounds: 3, limit: undefined });
    expect(row.throughput).toEqual({ ours: 900, theirs: 1000, ratio: 0.9 });
  });

  test.for([
    ["less throughput", sample(890)],
    ["a higher percentile", sample(1000, 2.3)],
    ["a lower percentile", sample(1000, 1.7)],
    ["no percentile", { throughput: 1000, p95Ms: undefined }],
  ] as const)("differs by %s", ([, ours]) => {
    expect(compare(sides(three(ours), three(sample(1000)))).outcome).toBe("differs");
  });

  test("is excused by its own mark, in more than half of the rounds only", () => {
    const marked = sample(500, 4, "the load loop used 95 % of a core");
    const theirs = three(sample(1000));
    expect(compare(sides([marked, marked, sample(500, 4)], theirs))).toMatchObject({
      outcome: "client limited",
      limit: "the load loop used 95 % of a core",
    });
    expect(compare(sides([marked, sample(500, 4), sample(500, 4)], theirs)).outcome).toBe("differs");
  });

  test("is compared round by round, so that a machine that slows down meets both sides", () => {
    const levels = [1000, 500, 100];
    const ours = levels.map((level) => sample(level * 0.95));
    expect(
      compare(
        sides(
          ours,
          levels.map((level) => sample(level)),
        ),
      ).throughput.ratio,
    ).toBeCloseTo(0.95);
  });
});
