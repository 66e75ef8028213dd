import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytes, gib, inMib, KIB, mib } from "../../../stack/core/units.ts";
import { mysqlNeeds, mysqlSizes, USABLE, worstCase } from "../../../stack/services/mysql/memory.ts";

const KINDS = ["web", "oltp", "dw", "mixed"] as const;
const machine = (memory: number, cpus = 4) => ({ cpus, memory: gib(memory) });
const workload = (connections: number) => ({ kind: "web", clients: 8, connections }) as const;

describe("MySQL's claim on the machine", () => {
  test.each([
    { memory: 4, connections: 20, floor: 464, ideal: 512 },
    { memory: 4, connections: 100, floor: 560, ideal: 560 },
    { memory: 8, connections: 100, floor: 560, ideal: 832 },
    { memory: 16, connections: 200, floor: 656, ideal: 1664 },
    { memory: 8, connections: 500, floor: 976, ideal: 1024 },
    { memory: 0.5, connections: 1, floor: 464, ideal: 464 },
  ])(
    "with $connections connections on $memory GiB is $floor to $ideal MiB",
    ({ memory, connections, floor, ideal }) => {
      const needs = mysqlNeeds({ machine: machine(memory), workload: workload(connections) });
      expect({ floor: inMib(needs.floor), ideal: inMib(needs.ideal) }).toEqual({ floor, ideal });
    },
  );

  test("never asks for less than one cpu", () => {
    expect(mysqlNeeds({ machine: machine(8, 1), workload: workload(100) }).cpus).toBe(1);
    expect(mysqlNeeds({ machine: machine(8, 4), workload: workload(100) }).cpus).toBe(2);
  });
});

describe("MySQL's sizes", () => {
  test("count what a server was measured to take when driven there, and more", () => {
    // Resident memory with a pool of 64 MiB that is full, 20 sessions that sort and join, and one packet of 4 MiB.
    expect(worstCase(mysqlSizes(mib(464), 20, "web"))).toBeGreaterThan(mib(401));
  });

  test.each([
    { limit: 1, pool: 64, chunk: 32, redo: 100, temporary: 8, buffer: 64 },
    { limit: 560, pool: 64, chunk: 32, redo: 100, temporary: 8, buffer: 64 },
    { limit: 767, pool: 160, chunk: 32, redo: 100, temporary: 20, buffer: 224 },
    { limit: 768, pool: 160, chunk: 32, redo: 100, temporary: 20, buffer: 224 },
    { limit: 832, pool: 192, chunk: 32, redo: 100, temporary: 24, buffer: 256 },
    { limit: 1664, pool: 800, chunk: 32, redo: 256, temporary: 70, buffer: 256 },
    { limit: 102_400, pool: 51_200, chunk: 64, redo: 256, temporary: 256, buffer: 256 },
  ])("of $limit MiB are a pool of $pool, a redo log of $redo and buffers of $buffer KiB", (row) => {
    const sizes = mysqlSizes(mib(row.limit), 100, "web");
    expect({
      pool: inMib(sizes.pool),
      chunk: inMib(sizes.chunk),
      redo: inMib(sizes.redo),
      temporary: inMib(sizes.temporary),
      buffer: sizes.sessionBuffer / KIB,
    }).toEqual({ pool: row.pool, chunk: row.chunk, redo: row.redo, temporary: row.temporary, buffer: row.buffer });
  });

  const limits = fc.integer({ min: 0, max: 1024 * 1024 }).map((size) => mib(size));
  const connections = fc.integer({ min: 1, max: 5000 });
  const kinds = fc.constantFrom(...KINDS);

  test("stay within nine tenths of every limit from the floor on, whatever all connections do", () => {
    fc.assert(
      fc.property(limits, connections, kinds, (limit, count, kind) => {
        const { floor } = mysqlNeeds({ machine: machine(8), workload: workload(count) });
        const share = bytes(Math.max(floor, limit));
        expect(worstCase(mysqlSizes(share, count, kind))).toBeLessThanOrEqual(USABLE * share);
      }),
    );
  });

  test("give a larger limit no smaller size of any kind", () => {
    fc.assert(
      fc.property(limits, limits, connections, (one, other, count) => {
        const less = mysqlSizes(bytes(Math.min(one, other)), count, "web");
        const more = mysqlSizes(bytes(Math.max(one, other)), count, "web");
        for (const size of ["pool", "redo", "temporary", "packet", "sessionBuffer"] as const) {
          expect(more[size], size).toBeGreaterThanOrEqual(less[size]);
        }
      }),
    );
  });

  test("are whole chunks, at most a thousand, so that the server rounds nothing", () => {
    fc.assert(
      fc.property(limits, connections, kinds, (limit, count, kind) => {
        const { pool, chunk } = mysqlSizes(limit, count, kind);
        expect(pool % chunk).toBe(0);
        expect(pool / chunk).toBeLessThanOrEqual(1000);
      }),
    );
  });

  test("give the pool between half of MySQL's default and half of the limit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 768, max: 1024 * 1024 }), connections, (size, count) => {
        const { pool } = mysqlSizes(mib(size), count, "web");
        expect(pool).toBeGreaterThanOrEqual(mib(64));
        expect(pool).toBeLessThanOrEqual(Math.max(mib(64), 0.5 * mib(size)));
      }),
    );
  });

  test("give scans of a warehouse larger session buffers than a web application's short queries", () => {
    expect(mysqlSizes(gib(4), 100, "dw").sessionBuffer).toBe(mib(2));
    expect(mysqlSizes(gib(4), 100, "web").sessionBuffer).toBe(256 * KIB);
  });
});
