import { describe, expect, test } from "vitest";
import type { MeasuredScenario } from "../../../../stack/core/results/measurement.ts";
import { blockSchema } from "../../../../stack/core/results/measurement.ts";
import { recordBaseline } from "../../../../stack/judge/baseline.ts";
import { foundIn, CALIBRATION } from "../../../support/judge/lint.ts";
import { sampled, type Sampled } from "../../../support/judge/resources.ts";
import { blockOf, FINGERPRINT, runOf, scenarioOf, seeded } from "../../../support/judge/runs.ts";
import { worked, type Worked } from "../../../support/judge/work.ts";

/** Four clients and some 1000 operations a second on 4 cpus, with a limit of 2 for the servers. */
function lint(work: Worked, change: Partial<MeasuredScenario> = {}, used: Sampled = {}, storageDriver = "overlay2") {
  const random = seeded(3);
  const blocks = Array.from({ length: 6 }, () => worked(random, blockOf(random, 0.02), work));
  const scenario = scenarioOf("store/write", blocks, change);
  const resources = sampled("store/write", used);
  const fingerprint = { ...FINGERPRINT, storageDriver };
  return foundIn(recordBaseline([runOf([scenario], { calibration: CALIBRATION, resources, fingerprint })]));
}

const DURABLE = { effect: "durable write", cost: { roundTrips: 1, syncs: 1 } } as const;

test("work that a machine can do must give no finding", () => {
  const counted = { "synced writes": 0.3, "WAL bytes": 280 };
  expect(lint({ serverCores: 1.9, otherCores: 1.5, counted, bytesWritten: 4096 }, DURABLE)).toEqual([]);
  expect(lint({ counted: { "pages read": 0 } })).toEqual([]);
});

describe("the cpu of an operation", () => {
  test("must fit the limits of its servers, whatever the machine has left", () => {
    const [found] = lint({ serverCores: 4 });
    expect(found).toMatchObject({ rule: "bounds of work", severity: "impossible", place: "store/write" });
    expect(found?.says).toBe("the servers used more cpu than their limits allow");
    expect(found?.arithmetic[0]).toMatch(/^block 1: \S+ µs × 500 operations \/ \S+ ms = [23]\.\d+ cores$/);
    expect(found?.arithmetic.at(-1)).toBe("at most 2 cores");
    expect(lint({ serverCores: 2.2 })).toEqual([]);
  });

  test("must fit the machine together with the client and the others", () => {
    const [found] = lint({ serverCores: 2, otherCores: 3.6 });
    expect(found).toMatchObject({ severity: "impossible" });
    expect(found?.says).toBe("servers, client and others used more cpu than the machine has");
    expect(found?.arithmetic[0]).toMatch(/ cores, \+ 0\.\d+ of the client \+ 3\.\d+ of others$/);
    expect(lint({ serverCores: 2, otherCores: 1.8 })).toEqual([]);
  });

  test("must not be less than nothing, nor a limit hold back more than all the time", () => {
    const random = seeded(3);
    const { work, ...block } = worked(random, blockOf(random, 0), {});
    expect(blockSchema.safeParse({ ...block, work }).success).toBe(true);
    expect(blockSchema.safeParse({ ...block, work: { ...work, serverCpuUs: -1 } }).success).toBe(false);
    expect(blockSchema.safeParse({ ...block, machine: { ...block.machine, heldBack: 1.2 } }).success).toBe(false);
    expect(blockSchema.safeParse({ ...block, machine: { ...block.machine, heldBack: -0.2 } }).success).toBe(false);
  });
});

describe("the counts of a durable write", () => {
  test("must hold a synced write for as many operations as there are clients", () => {
    const [found] = lint({ counted: { "synced writes": 0.01 } }, DURABLE);
    expect(found).toMatchObject({ rule: "bounds of work", severity: "suspicious" });
    expect(found?.says).toBe("fewer synced writes than group commit of all clients needs");
    expect(found?.arithmetic).toEqual(["0.01 an operation < 0.5 × 1 / 4 clients"]);
    expect(lint({ counted: { "synced writes": 0.25 } }, DURABLE)).toEqual([]);
    expect(lint({ counted: { "synced writes": 0 } })).toEqual([]);
  });

  test("must leave something in the log", () => {
    expect(lint({ counted: { "WAL bytes": 0 } }, DURABLE)[0]?.says).toBe(
      "durable writes that leave nothing in the log",
    );
    expect(lint({ counted: { "redo log bytes": 0 } }, DURABLE)).toHaveLength(1);
    expect(lint({ counted: { "WAL bytes": 60 } }, DURABLE)).toEqual([]);
  });

  test("must have reached the device with what was logged, where the kernel says and no file system compresses", () => {
    const counted = { "WAL bytes": 5000 };
    const [found] = lint({ counted, bytesWritten: 900 }, DURABLE);
    expect(found?.says).toBe("fewer bytes reached the device than were logged and synced");
    expect(found?.arithmetic[0]).toMatch(/bytes written < 0\.5 × 5,000 bytes logged, an operation$/);
    expect(lint({ counted, bytesWritten: 8000 }, DURABLE)).toEqual([]);
    expect(lint({ counted, bytesWritten: 0 }, DURABLE)).toEqual([]);
    expect(lint({ counted, bytesWritten: 900 }, DURABLE, {}, "zfs")).toEqual([]);
  });
});

describe("the packets of an operation", () => {
  test("must be one each way of a round trip, which clients of one connection can share", () => {
    const [found] = lint({}, { cost: { roundTrips: 20, syncs: 0 } });
    expect(found).toMatchObject({ severity: "suspicious", says: "fewer packets than round trips" });
    expect(found?.arithmetic[0]).toMatch(/^2\.\d+ an operation < 0\.5 × 2 × 20 round trips \/ 4 clients$/);
    expect(lint({}, { cost: { roundTrips: 7, syncs: 0 } })).toEqual([]);
  });
});

test("A baseline that was recorded before work was read must give no finding", () => {
  const random = seeded(3);
  const blocks = Array.from({ length: 6 }, () => blockOf(random, 0.02));
  const run = runOf([scenarioOf("store/write", blocks, DURABLE)], { calibration: CALIBRATION });
  expect(foundIn(recordBaseline([run]))).toEqual([]);
});
