/** What servers count of their own work, against operations whose number and effect the test knows. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Bench } from "../../../stack/core/service/scenario.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { mysql } from "../../../stack/services/mysql/index.ts";
import { pgbouncer } from "../../../stack/services/pgbouncer/index.ts";
import { postgres } from "../../../stack/services/postgres/index.ts";
import { redis } from "../../../stack/services/redis/index.ts";
import { benchOf } from "../../support/core/steps.ts";
import { describeLive, eventually, openLab, type Lab } from "../../support/live/server.ts";
import { SHARE } from "./redis-clients.ts";

/** Prepares statements and fills caches, so that every counted operation does the same. */
const WARM = 20;
const OPERATIONS = 500;
const PAYLOAD_BYTES = 100;

/** Runs one client and returns the counters of one operation. */
async function countedFor(bench: Bench, name: string): Promise<Readonly<Record<string, number>>> {
  const scenario = bench.scenarios.find((candidate) => candidate.name === name);
  if (!scenario || !bench.counters) throw new Error(`nothing is counted for ${name}`);
  const run = await scenario.open(1);
  try {
    for (let count = 0; count < WARM; count += 1) await run.operation(0);
    const before = await bench.counters();
    for (let count = 0; count < OPERATIONS; count += 1) await run.operation(0);
    const after = await bench.counters();
    return Object.fromEntries(
      Object.entries(after).map(([counter, value]) => [counter, (value - (before[counter] ?? 0)) / OPERATIONS]),
    );
  } finally {
    await run.close();
  }
}

/** Sets the data up for `work`, and removes them. */
async function withData(bench: Bench, work: () => Promise<void>): Promise<void> {
  await bench.setup();
  try {
    await work();
  } finally {
    await bench.teardown();
  }
}

await describeLive("PostgreSQL's log", ["postgres", "pgbouncer"], () => {
  const [database, pool] = [postgres.configure({}), pgbouncer.configure({})];
  let lab: Lab;
  const benches: Bench[] = [];

  beforeAll(async () => {
    lab = await openLab([database, pool]);
    const { live, targets } = await lab.up(database, { share: { memory: gib(1), cpus: 2 } });
    const behind = await lab.up(pool, { share: { memory: mib(64), cpus: 1 } });
    benches.push(benchOf(live, targets), benchOf(behind.live, behind.targets));
  });
  afterAll(() => lab.close());

  /**
   * An insert logs the row, its entry in the primary key's index and the commit. Each record has a header of 24 bytes, the
   * first also the payload; all else of them is shorter than 100 bytes a record. Pages that a checkpoint makes whole in the
   * log are few.
   */
  const LEAST_BYTES = PAYLOAD_BYTES + 3 * 24;
  const MOST_BYTES = LEAST_BYTES + 3 * 100;

  test.each([
    [0, "postgres"],
    [1, "pgbouncer"],
  ])("grows by the records of each insert, and not by reads, also through the pool: %i, %s", async (index, service) => {
    const bench = benches[index] ?? expect.fail("no benchmark");
    await withData(bench, async () => {
      const insert = (await countedFor(bench, `${service}/insert`))["WAL bytes"];
      expect(insert).toBeGreaterThan(LEAST_BYTES);
      expect(insert).toBeLessThan(MOST_BYTES);
      // The server logs some of its own accord, but not as much as a record for each of them.
      expect((await countedFor(bench, `${service}/select-by-key`))["WAL bytes"]).toBeLessThan(24);
    });
  });
});

await describeLive("MySQL's status", ["mysql"], () => {
  const service = mysql.configure({});
  let lab: Lab;
  let bench: Bench;

  beforeAll(async () => {
    lab = await openLab([service]);
    const { live, targets } = await lab.up(service, { share: { memory: gib(1), cpus: 2 } });
    await eventually(() => live.ready(targets));
    bench = benchOf(live, targets);
  });
  afterAll(() => lab.close());

  test("counts each row read, and the redo log of each insert", async () => {
    await withData(bench, async () => {
      const select = await countedFor(bench, "mysql/select-by-key");
      expect(select["rows read"]).toBe(1);
      // The root of the primary key's index and a leaf.
      expect(select["page requests"]).toBeGreaterThanOrEqual(2);
      expect(select["page requests"]).toBeLessThan(3);
      expect(select["redo log bytes"]).toBeLessThan(PAYLOAD_BYTES / 2);
      const insert = await countedFor(bench, "mysql/insert");
      expect(insert["rows read"]).toBe(0);
      // The row, its undo record, and the commit in the undo log: a few times the payload.
      expect(insert["redo log bytes"]).toBeGreaterThan(PAYLOAD_BYTES);
      expect(insert["redo log bytes"]).toBeLessThan(8 * PAYLOAD_BYTES);
      expect((await countedFor(bench, "mysql/full-scan"))["rows read"]).toBe(10_000);
    });
  });
});

await describeLive("Redis' INFO", ["redis"], () => {
  const service = redis.configure({});
  let lab: Lab;
  let bench: Bench;

  beforeAll(async () => {
    lab = await openLab([service]);
    const { live, targets } = await lab.up(service, { share: SHARE });
    bench = benchOf(live, targets);
  });
  afterAll(() => lab.close());

  test("counts commands and bytes exactly, without what asking costs", async () => {
    await withData(bench, async () => {
      const hit = await countedFor(bench, "redis/get-hit");
      expect(hit["commands"]).toBe(1);
      expect(hit["bytes sent"]).toBe("$100\r\n\r\n".length + PAYLOAD_BYTES);
      expect(hit["log bytes"]).toBe(0);
      const miss = await countedFor(bench, "redis/get-miss");
      // "_" is null in RESP3.
      expect(miss["bytes sent"]).toBe("_\r\n".length);
      const set = await countedFor(bench, "redis/set");
      expect(set["commands"]).toBe(1);
      expect(set["bytes sent"]).toBe("+OK\r\n".length);
      expect(set["bytes received"]).toBeGreaterThan(PAYLOAD_BYTES);
      // The log holds the command as it was sent.
      expect(set["log bytes"]).toBeCloseTo(set["bytes received"] ?? 0, 0);
    });
  });
});
