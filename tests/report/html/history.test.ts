import { describe, expect, test } from "vitest";
import { historySection } from "../../../stack/report/html/history.ts";
import type { HistoryEntry } from "../../../stack/core/results/history.ts";
import { elementsOf, parseXml } from "../../support/report/xml.ts";

const entries = (count: number, conditions = (_index: number) => "same"): readonly HistoryEntry[] =>
  Array.from({ length: count }, (_, index) => ({
    at: new Date(Date.UTC(2026, 0, 1, index)).toISOString(),
    profile: "dev",
    command: "verify",
    verdict: "meets",
    conditions: conditions(index),
    scenarios: [{ name: "store/read", throughput: index < count / 2 ? 1000 : 600 }],
  }));

function drawn(...input: Parameters<typeof historySection>) {
  const all = elementsOf(parseXml(historySection(...input)?.text ?? "<none/>"));
  const having = (name: string) => all.filter(({ attributes }) => attributes["class"] === name);
  return {
    past: having("dot-past").map(({ attributes }) => percent(attributes["cx"])),
    latest: having("dot-now").map(({ attributes }) => percent(attributes["cx"])),
    changes: having("change").map(({ attributes }) => percent(attributes["x1"])),
    breaks: having("break").map(({ attributes }) => percent(attributes["x1"])),
    labels: having("change-label halo").map(({ text }) => text),
  };
}

function percent(text: string | undefined): number {
  return Number(text?.replace("%", ""));
}

const change = (index: number) => ({
  scenario: "store/read",
  of: "throughput" as const,
  index,
  before: 1000,
  after: 600,
  p: 0.001,
});

describe("the history", () => {
  test("must mark a change between the last run before it and the first after it, with how much it was", () => {
    const { past, latest, changes, labels } = drawn(entries(10), [change(5)]);
    expect([past.length, latest.length, changes.length, labels]).toEqual([9, 1, 1, ["\u221240 %"]]);
    expect(changes[0]).toBeGreaterThan(past[4] ?? 0);
    expect(changes[0]).toBeLessThan(past[5] ?? 0);
  });

  test("must mark where runs have other conditions, and keep the place of a change where old runs are left out", () => {
    expect(
      drawn(
        entries(10, (index) => (index < 3 ? "one" : "two")),
        [],
      ).breaks,
    ).toHaveLength(1);
    const { past, changes } = drawn(entries(100), [change(50)]);
    expect(past).toHaveLength(59);
    expect(changes[0]).toBeGreaterThan(past[9] ?? 0);
    expect(changes[0]).toBeLessThan(past[10] ?? 0);
    expect(drawn(entries(100), [change(20)]).changes).toEqual([]);
  });

  test("must say where the cpu of an operation changed, and draw the changes of speed alone", () => {
    const cpu = { ...change(4), of: "cpu per operation" as const, before: 46, after: 61 };
    expect(drawn(entries(10), [cpu, change(5)]).changes).toHaveLength(1);
    const text = parseXml(historySection(entries(10), [cpu, change(5)])?.text ?? "<none/>").text;
    expect(text).toContain("cpu per operation changed by +33 %changed by \u221240 %");
  });

  test("must not be drawn of a single run", () => {
    expect(historySection(entries(1), [])).toBeUndefined();
  });
});
