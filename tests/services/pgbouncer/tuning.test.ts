import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { TuneInput } from "../../../stack/core/service/service.ts";
import { bytes, gib, MIB, mib } from "../../../stack/core/units.ts";
import { POOLS } from "../../../stack/core/service/workload.ts";
import { needs, tune, worstCase } from "../../../stack/services/pgbouncer/tuning.ts";
import { maxConnections, RESERVED_CONNECTIONS } from "../../../stack/services/kit/postgresql/connections.ts";

function input(memoryMib: number, cpus: number, clients: number, connections = 15): TuneInput {
  const machine = { cpus, memory: gib(8) };
  return { share: { memory: mib(memoryMib), cpus: 1 }, machine, workload: { kind: "web", clients, connections } };
}

function valuesOf(of: TuneInput): Record<string, unknown> {
  return Object.fromEntries(tune(of).map(({ name, value }) => [name, value]));
}

describe("the settings of known machines", () => {
  test.for([
    {
      of: input(64, 4, 100),
      want: { default_pool_size: 9, max_db_connections: 11, reserve_pool_size: 2, max_client_conn: 150 },
    },
    {
      of: input(64, 1, 1),
      want: { default_pool_size: 3, max_db_connections: 4, reserve_pool_size: 1, max_client_conn: 2 },
    },
    {
      of: input(8192, 64, 100_000),
      want: { default_pool_size: 129, max_db_connections: 161, reserve_pool_size: 32, max_client_conn: 150_000 },
    },
  ])("$of.machine.cpus cpus and $of.workload.clients clients", ({ of, want }) => {
    expect(valuesOf(of)).toMatchObject({ ...want, pool_mode: "transaction", max_prepared_statements: 200 });
  });

  test("everything can be changed while clients are connected", () => {
    expect(tune(input(64, 4, 100)).filter(({ takes }) => takes !== "live")).toEqual([]);
  });
});

const inputs = fc
  .record({
    cpus: fc.integer({ min: 1, max: 64 }),
    clients: fc.integer({ min: 1, max: 100_000 }),
    connections: fc.integer({ min: 1, max: 10_000 }),
    spare: fc.integer({ min: 0, max: 1024 }),
  })
  .map(({ cpus, clients, connections, spare }): TuneInput => {
    const of = input(0, cpus, clients, connections);
    return { ...of, share: { memory: bytes(needs(of).floor + spare * MIB), cpus: 1 } };
  });

describe("whatever the machine", () => {
  test("all pools together leave PostgreSQL its reserved and its direct connections", () => {
    const property = fc.property(inputs, (of) => {
      const free = maxConnections(of.machine.cpus, of.workload) - RESERVED_CONNECTIONS;
      const values = valuesOf(of);
      expect(values["default_pool_size"]).toBeLessThanOrEqual(Number(values["max_db_connections"]));
      expect(POOLS * Number(values["max_db_connections"])).toBeLessThanOrEqual(free);
    });
    fc.assert(property);
  });

  test("from the floor on the worst case fits 0.9 of the limit", () => {
    fc.assert(fc.property(inputs, (of) => worstCase(of) <= 0.9 * of.share.memory));
  });

  test("a hundred clients on 8 GiB want the 64 MiB of the known split", () => {
    const { floor, ideal, weight } = needs(input(0, 4, 100));
    expect(ideal).toBe(mib(64));
    expect(floor + weight * MIB).toBe(mib(64));
  });

  test("a share that the clients do not fit is refused with one that does", () => {
    expect(() => tune(input(64, 4, 100_000))).toThrow(PlumblineError);
    const { floor } = needs(input(64, 4, 100_000));
    expect(() => tune(input(floor / MIB, 4, 100_000))).not.toThrow();
  });
});
