import { describe, expect, test } from "vitest";
import { interleaved, kindName, timeLeftS, type Kind, type Wanted } from "./plan.ts";

const quiet: Kind = { group: "quiet", company: "none" };
const bursts: Kind = { group: "company", company: "bursts" };
const cpu: Kind = { group: "faults", company: "disk", fault: "cpu", service: "store" };
const wanted: readonly Wanted[] = [
  { kind: quiet, runs: 10 },
  { kind: bursts, runs: 5 },
  { kind: cpu, runs: 20 },
];
const countOf = (kinds: readonly Kind[], kind: Kind) =>
  kinds.filter((each) => kindName(each) === kindName(kind)).length;

describe("the order of the runs", () => {
  test("has as many of each kind as wanted", () => {
    const order = interleaved(wanted, new Map());
    expect([quiet, bursts, cpu].map((kind) => countOf(order, kind))).toEqual([10, 5, 20]);
  });

  test("has about the same share of each kind in every part, so that no kind has the quiet hours for itself", () => {
    const order = interleaved(wanted, new Map());
    for (const kind of [quiet, bursts, cpu]) {
      const all = countOf(order, kind);
      for (const share of [0.25, 0.5, 0.75]) {
        const part = order.slice(0, Math.round(share * order.length));
        expect(Math.abs(countOf(part, kind) - share * all)).toBeLessThanOrEqual(1.5);
      }
    }
  });

  test("has only what is left if some runs are finished, and none of a kind that has more than wanted", () => {
    const order = interleaved(
      wanted,
      new Map([
        [kindName(quiet), 7],
        [kindName(bursts), 9],
      ]),
    );
    expect([quiet, bursts, cpu].map((kind) => countOf(order, kind))).toEqual([3, 0, 20]);
  });

  test("tells the same fault in two services, and beside two companies, apart", () => {
    const others: readonly Kind[] = [cpu, { ...cpu, service: "queue" }, { ...cpu, company: "none" }];
    expect(new Set(others.map(kindName)).size).toBe(3);
  });
});

describe("the time left", () => {
  test("follows the plan at first, then the pace of the finished runs", () => {
    expect(timeLeftS([], 600)).toBe(600);
    expect(
      timeLeftS(
        [
          { plannedS: 30, tookS: 45 },
          { plannedS: 60, tookS: 90 },
        ],
        600,
      ),
    ).toBe(900);
  });
});
