import { describe, expect, test } from "vitest";
import { HISTORY_MAXIMUM, historyEntry, historySeries, parseHistory, withEntry } from "../../stack/judge/history.ts";
import { type HistoryEntry } from "../../stack/core/results/history.ts";
import { worked } from "../support/judge/work.ts";
import { BUSY } from "../support/report/two-part.ts";
import { blockOf, FINGERPRINT, normal, runOf, scenarioOf, seeded, simulateRun } from "../support/judge/runs.ts";

const seriesOf = (...given: Parameters<typeof historySeries>) => [...historySeries(...given)];

const entry = (at: string, throughput: number, change: Partial<HistoryEntry> = {}): HistoryEntry => ({
  at,
  profile: "dev",
  command: "up",
  verdict: "meets",
  conditions: "11111111",
  scenarios: [{ name: "store/read", throughput, p95Ms: 2 }],
  ...change,
});
const day = (index: number) => new Date(Date.UTC(2026, 0, 1 + index)).toISOString();

const conditions = (change: Partial<typeof FINGERPRINT>) =>
  historyEntry(runOf([], { fingerprint: { ...FINGERPRINT, ...change } }), "up", "meets").conditions;

describe("an entry of the history", () => {
  const run = simulateRun({ random: seeded(3), scenarios: 2, blocks: 6, noise: 0.02 });

  test("has the figures of every scenario that was measured, and of no other", () => {
    const { blocks: _, histogram: __, notes: ___, ...head } = scenarioOf("store/write", []);
    const failed = { ...head, status: "failed" as const, reason: "access denied", errors: 10 };
    const made = historyEntry({ ...run, scenarios: [...run.scenarios, failed] }, "verify", "failed");
    expect(made).toMatchObject({ at: run.startedAt, profile: "dev", command: "verify", verdict: "failed" });
    expect(made.scenarios.map(({ name }) => name)).toEqual(["store/operation-0", "store/operation-1"]);
    expect(made.scenarios[0]?.throughput).toBeGreaterThan(900);
    expect(made.scenarios[0]?.p95Ms).toBeGreaterThan(1);
  });

  test("has the cpu per operation and the machine's state, where they are known", () => {
    const random = seeded(4);
    const blocks = Array.from({ length: 6 }, () => worked(random, blockOf(random, 0.02), { cpuUs: 50, noise: 0 }));
    const made = historyEntry(runOf([scenarioOf("store/read", blocks)]), "verify", "meets", BUSY);
    expect(made.scenarios[0]?.cpuUs).toBeCloseTo(50, 6);
    expect(made.machine).toEqual({ state: "busy", otherCores: 0.6 });
    expect(parseHistory(withEntry("", made))).toEqual({ entries: [made], skipped: 0 });
    const older = historyEntry(run, "verify", "meets");
    expect(Object.keys(older)).not.toContain("machine");
    expect(older.scenarios.flatMap((scenario) => Object.keys(scenario))).not.toContain("cpuUs");
  });

  test("comes back from its line as it was", () => {
    const made = historyEntry(run, "up", "meets");
    expect(parseHistory(withEntry("", made))).toEqual({ entries: [made], skipped: 0 });
  });

  test("has other conditions where anything differs that breaks comparison, and else the same", () => {
    const same = conditions({});
    expect(conditions({ kernel: "6.2", engineVersion: "28.0", toolVersion: "0.2.0", memoryMib: 8200 })).toBe(same);
    expect(conditions({ settings: { store: "33333333" } })).toBe(same);
    const blocks = [blockOf(seeded(1), 0)];
    const others = [
      conditions({ method: "another" }),
      conditions({ cpus: 8 }),
      conditions({ memoryMib: 16_384 }),
      conditions({ storageDriver: "btrfs" }),
      conditions({ images: { ...FINGERPRINT.images, store: "registry 2.0" } }),
      conditions({ durability: { ...FINGERPRINT.durability, store: { fsync: "off" } } }),
      historyEntry(runOf([scenarioOf("store/read", blocks, { clients: 8 })]), "up", "meets").conditions,
      historyEntry(runOf([scenarioOf("store/read", blocks, { clients: 9 })]), "up", "meets").conditions,
    ];
    expect(new Set([same, ...others]).size).toBe(1 + others.length);
  });
});

describe("the text of a history", () => {
  const two = withEntry(withEntry("", entry(day(0), 1000)), entry(day(1), 1010));

  test("whose last line was torn by a killed run loses that line alone, and says so", () => {
    const torn = two + JSON.stringify(entry(day(2), 990)).slice(0, 40);
    expect(parseHistory(torn)).toMatchObject({ entries: [{ at: day(0) }, { at: day(1) }], skipped: 1 });
    const gone = parseHistory(withEntry(torn, entry(day(3), 1020)));
    expect(gone.entries.map(({ at }) => at)).toEqual([day(0), day(1), day(3)]);
    expect(gone.skipped).toBe(0);
  });

  test("keeps lines that another version wrote, without reading them", () => {
    const newer = `{"version":2,"what":"unknown"}\n${two}`;
    const text = withEntry(newer, entry(day(2), 990));
    expect(text.split("\n")[0]).toBe('{"version":2,"what":"unknown"}');
    expect(parseHistory(text)).toMatchObject({ entries: { length: 3 }, skipped: 1 });
  });

  test("drops the oldest lines beyond its maximum", () => {
    let text = "";
    for (let index = 0; index < 7; index += 1) text = withEntry(text, entry(day(index), 1000), 5);
    expect(parseHistory(text).entries.map(({ at }) => at)).toEqual([2, 3, 4, 5, 6].map(day));
    expect(HISTORY_MAXIMUM).toBeGreaterThanOrEqual(500);
  });

  test("is empty at first", () => {
    expect(parseHistory("")).toEqual({ entries: [], skipped: 0 });
  });
});

describe("the series of a history", () => {
  test("of named scenarios are the same as among those of all", () => {
    const scenarios = ["store/read", "store/write"].map((name) => ({ name, throughput: 1000 }));
    const entries = Array.from({ length: 30 }, (_, index) =>
      entry(day(index), 1000, {
        scenarios: scenarios.map(({ name, throughput }) => ({ name, throughput: index < 15 ? throughput : 500 })),
      }),
    );
    const all = seriesOf(entries);
    expect(all).toHaveLength(2);
    expect(seriesOf(entries, ["store/write"])).toEqual(all.filter(({ scenario }) => scenario === "store/write"));
    expect(seriesOf(entries, [])).toEqual([]);
  });

  const random = seeded(5);
  const level = (index: number) => (index < 12 ? 1000 : 700) * Math.exp(0.03 * normal(random));

  const noisy = () => 1000 * Math.exp(0.4 * normal(random));
  const cpuUs = (index: number) => (index < 18 ? 46 : 61) * Math.exp(0.03 * normal(random));

  test("mark where a scenario's level changed, with the levels on both sides", () => {
    const [series] = seriesOf(Array.from({ length: 20 }, (_, index) => entry(day(index), level(index))));
    const changes = series?.points.flatMap(({ at, change }) => (change ? [{ at, ...change }] : [])) ?? [];
    expect(changes).toHaveLength(1);
    expect(changes[0]?.at).toBe(day(12));
    expect(changes[0]?.before).toBeCloseTo(1000, -2);
    expect(changes[0]?.after).toBeCloseTo(700, -2);
  });

  test("mark where the cpu of an operation changed, in runs that have it, while the times are too noisy to tell", () => {
    const entries = Array.from({ length: 30 }, (_, index) => {
      const figures = { name: "store/read", throughput: noisy(), ...(index >= 6 && { cpuUs: cpuUs(index) }) };
      return entry(day(index), 0, { scenarios: [figures] });
    });
    const points = seriesOf(entries)[0]?.points ?? [];
    const found = points.flatMap(({ at, cpuChange }) => (cpuChange ? [{ at, ...cpuChange }] : []));
    expect(found.map(({ at }) => at)).toEqual([day(18)]);
    expect(found[0]?.before).toBeCloseTo(46, -1);
    expect(found[0]?.after).toBeCloseTo(61, -1);
    expect(points.filter(({ change }) => change)).toEqual([]);
  });

  test("never mix two sets of conditions: another machine is not a change of level", () => {
    const entries = Array.from({ length: 24 }, (_, index) =>
      entry(day(index), (index % 2 === 0 ? 1000 : 400) * Math.exp(0.03 * normal(random)), {
        conditions: index % 2 === 0 ? "11111111" : "22222222",
      }),
    );
    const found = seriesOf(entries);
    expect(found.map(({ conditions, points }) => [conditions, points.length])).toEqual([
      ["11111111", 12],
      ["22222222", 12],
    ]);
    expect(found.flatMap(({ points }) => points).filter(({ change }) => change)).toEqual([]);
  });
});
