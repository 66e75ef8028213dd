import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HistoryEntry } from "../../stack/core/results/history.ts";
import { pastOf } from "../../stack/records/past.ts";
import { normal, runOf, seeded } from "../support/judge/runs.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-past-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** 40 runs an hour apart; every third has another profile; the speed falls after the 24th. */
function entries(): readonly HistoryEntry[] {
  const random = seeded(5);
  return Array.from({ length: 40 }, (_, index) => ({
    at: new Date(Date.UTC(2026, 0, 1, index)).toISOString(),
    profile: index % 3 === 2 ? "qa" : "dev",
    command: "verify",
    verdict: "meets",
    conditions: "same",
    scenarios: [{ name: "store/read", throughput: (index < 24 ? 1000 : 600) * Math.exp(0.01 * normal(random)) }],
  }));
}

const write = () =>
  writeFile(
    join(folder, "history.jsonl"),
    entries()
      .map((entry) => `${JSON.stringify(entry)}\n`)
      .join(""),
  );

describe("the past of a run", () => {
  test("must hold the runs of its profile, with the change in its place among them", async () => {
    await write();
    const { history, changes } = await pastOf(folder, runOf([], { startedAt: "2026-02-01T00:00:00.000Z" }));
    expect(history.map(({ profile }) => profile)).toEqual(Array.from({ length: 27 }, () => "dev"));
    expect(changes).toHaveLength(1);
    expect(history[changes[0]?.index ?? 0]?.at).toBe(new Date(Date.UTC(2026, 0, 2)).toISOString());
    expect(changes[0]?.before).toBeGreaterThan(900);
    expect(changes[0]?.after).toBeLessThan(700);
  });

  test("must know nothing of what came after the run", async () => {
    await write();
    const early = await pastOf(folder, runOf([], { startedAt: new Date(Date.UTC(2026, 0, 1, 10)).toISOString() }));
    expect(early.history).toHaveLength(8);
    expect(early.changes).toEqual([]);
  });

  test("must let signals be heard while the changes of many scenarios are found", async () => {
    const scenarios = Array.from({ length: 50 }, (_, index) => ({ name: `store/${index}`, throughput: 1000 }));
    const lines = entries().map((entry) => `${JSON.stringify({ ...entry, scenarios })}\n`);
    await writeFile(join(folder, "history.jsonl"), lines.join(""));
    let heard = 0;
    let ended = false;
    const hear = () => {
      heard += 1;
      if (!ended) setImmediate(hear);
    };
    setImmediate(hear);
    await pastOf(folder, runOf([], { startedAt: "2026-02-01T00:00:00.000Z" }));
    ended = true;
    expect(heard).toBeGreaterThan(scenarios.length / 2);
  });

  test("must be empty where there is no history", async () => {
    expect(await pastOf(folder, runOf([]))).toEqual({ history: [], changes: [] });
  });
});
