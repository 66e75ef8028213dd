import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytes, gib, inMib, mib } from "../../../stack/core/units.ts";
import {
  rabbitmqNeeds,
  rabbitmqSizes,
  tuneRabbitmq,
  USABLE,
  worstCase,
} from "../../../stack/services/rabbitmq/tuning.ts";

const workload = { kind: "web", clients: 8, connections: 100 } as const;
const machine = (memory: number, cpus = 4) => ({ cpus, memory: gib(memory) });
const tuned = (memory: number, cpus: number) =>
  tuneRabbitmq({ share: { memory: mib(memory), cpus }, machine: machine(8), workload });

describe("RabbitMQ's claim on the machine", () => {
  test.each([
    { memory: 2, ideal: 512 },
    { memory: 8, ideal: 512 },
    { memory: 16, ideal: 1024 },
    { memory: 256, ideal: 2048 },
  ])("is 320 to $ideal MiB on $memory GiB", ({ memory, ideal }) => {
    const needs = rabbitmqNeeds({ machine: machine(memory), workload });
    expect({ floor: inMib(needs.floor), ideal: inMib(needs.ideal) }).toEqual({ floor: 320, ideal });
  });

  test("is half of the cpus, but never less than one", () => {
    expect([1, 2, 4, 64].map((cpus) => rabbitmqNeeds({ machine: machine(8, cpus), workload }).cpus)).toEqual([
      1, 1, 2, 32,
    ]);
  });
});

describe("RabbitMQ's sizes", () => {
  test.each([
    { limit: 0, watermark: 1, wal: 32 },
    { limit: 1, watermark: 1, wal: 32 },
    { limit: 320, watermark: 192, wal: 32 },
    { limit: 512, watermark: 307, wal: 32 },
    { limit: 1024, watermark: 614, wal: 32 },
    { limit: 1_048_576, watermark: 629_145, wal: 32 },
  ])("of $limit MiB are a watermark of $watermark and a log of $wal MiB", ({ limit, ...expected }) => {
    const { watermark, wal } = rabbitmqSizes(mib(limit));
    expect({ watermark: inMib(watermark), wal: inMib(wal) }).toEqual(expected);
  });

  const limits = fc.integer({ min: 0, max: 1024 * 1024 }).map((size) => mib(size));

  test("stay within nine tenths of every limit from the floor on", () => {
    const { floor } = rabbitmqNeeds({ machine: machine(8), workload });
    fc.assert(
      fc.property(limits, (limit) => {
        const share = bytes(Math.max(floor, limit));
        expect(worstCase(rabbitmqSizes(share))).toBeLessThanOrEqual(USABLE * share);
      }),
    );
  });

  test("give a larger limit no smaller watermark, and the same log", () => {
    fc.assert(
      fc.property(limits, limits, (one, other) => {
        const less = rabbitmqSizes(bytes(Math.min(one, other)));
        const more = rabbitmqSizes(bytes(Math.max(one, other)));
        expect(more.watermark).toBeGreaterThanOrEqual(less.watermark);
        expect(more.wal).toBe(less.wal); // the node reads it only when it starts
      }),
    );
  });
});

describe("RabbitMQ's settings", () => {
  test("for the share on 8 GiB are these", () => {
    expect(tuned(512, 2).map(({ name, value, takes }) => ({ name, value, takes }))).toEqual([
      { name: "vm_memory_high_watermark.absolute", value: mib(307), takes: "live" },
      { name: "disk_free_limit.absolute", value: gib(1), takes: "live" },
      { name: "raft.wal_max_size_bytes", value: mib(32), takes: "restart" },
      { name: "consumer_timeout", value: 1_800_000, takes: "live" },
      { name: "channel_max", value: 128, takes: "live" },
      { name: "default_consumer_prefetch", value: 2000, takes: "live" },
      { name: "schedulers", value: 2, takes: "recreate" },
    ]);
  });

  test.each([
    [0, 1],
    [0.05, 1],
    [1, 1],
    [1.5, 2],
    [64, 64],
  ])("start for a limit of %d cpus %d schedulers", (cpus, schedulers) => {
    expect(tuned(512, cpus).find(({ name }) => name === "schedulers")?.value).toBe(schedulers);
  });

  test("each say why", () => {
    for (const { because } of tuned(512, 2)) {
      expect(because.formula).not.toBe("");
      expect(because.source).not.toBe("");
    }
  });
});
