import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { overrideSettings } from "../../../stack/core/service/override.ts";
import type { TuneInput } from "../../../stack/core/service/service.ts";
import { bytes, GIB, gib, KIB, MIB, mib } from "../../../stack/core/units.ts";
import { POOLS, poolSize, type Workload } from "../../../stack/core/service/workload.ts";
import { divide, SAFE_FRACTION } from "../../../stack/services/postgres/memory.ts";
import { needs, tune } from "../../../stack/services/postgres/tuning.ts";

const WEB: Workload = { kind: "web", clients: 100, connections: 15 };
const GRAIN = 16 * MIB;

function valuesOf(input: TuneInput): Record<string, unknown> {
  return Object.fromEntries(tune(input, "full").map(({ name, value }) => [name, value]));
}

function input(memoryMib: number, cpus: number, workload: Partial<Workload> = {}): TuneInput {
  const machine = { cpus, memory: gib(256) };
  return { share: { memory: mib(memoryMib), cpus }, machine, workload: { ...WEB, ...workload } };
}

const workloads = fc.record({
  kind: fc.constantFrom("web", "oltp", "dw", "mixed"),
  clients: fc.integer({ min: 1, max: 100_000 }),
  connections: fc.integer({ min: 1, max: 10_000 }),
});

function workMemRule(of: TuneInput): string | undefined {
  return tune(of, "full").find(({ name }) => name === "work_mem")?.because.formula;
}

/** Any share that the budget can give: from the floor to 256 GiB, in the budget's grain. */
const inputs = fc
  .record({
    cpus: fc.integer({ min: 1, max: 64 }),
    cpuPart: fc.double({ min: 0.05, max: 1, noNaN: true }),
    steps: fc.integer({ min: 0, max: 16_384 }),
    workload: workloads,
  })
  .map(({ cpus, cpuPart, steps, workload }): TuneInput => {
    const machine = { cpus, memory: gib(256) };
    const floor = needs({ machine, workload }).floor;
    const memory = bytes(Math.max(floor, Math.min(gib(256), floor + steps * GRAIN)));
    return { share: { memory, cpus: cpus * cpuPart }, machine, workload };
  });

describe("the settings of known shares", () => {
  test.for([
    {
      name: "the split of 8 GiB",
      of: input(1024, 4),
      want: {
        shared_buffers: 204 * MIB,
        effective_cache_size: 614 * MIB,
        work_mem: 2_424_832,
        temp_buffers: 2_424_832,
        maintenance_work_mem: 51 * MIB,
        autovacuum_work_mem: 17 * MIB,
        max_connections: 37,
        max_worker_processes: 4,
        max_parallel_workers_per_gather: 2,
        wal_buffers: 204 * 32 * KIB,
        min_wal_size: 256 * MIB,
        max_wal_size: GIB,
        huge_pages: "off",
        jit: "off",
      },
    },
    {
      name: "200 connections on 8 cpus",
      of: input(3584, 8, { connections: 200 }),
      want: {
        shared_buffers: 716 * MIB,
        effective_cache_size: 2150 * MIB,
        work_mem: 1_114_112,
        maintenance_work_mem: 179 * MIB,
        max_connections: 242,
        max_parallel_workers_per_gather: 4,
        wal_buffers: 16 * MIB,
        max_wal_size: 4 * GIB,
      },
    },
    {
      name: "a data warehouse on 64 cpus",
      of: input(256 * 1024, 64, { kind: "dw" }),
      want: {
        maintenance_work_mem: 8 * GIB,
        max_parallel_workers_per_gather: 32,
        max_parallel_maintenance_workers: 4,
        default_statistics_target: 500,
        max_wal_size: 16 * GIB,
        huge_pages: "try",
        jit: "on",
      },
    },
    {
      name: "one cpu",
      of: input(512, 1),
      want: { max_worker_processes: 8, max_parallel_workers: 1, max_parallel_workers_per_gather: 0 },
    },
    {
      name: "more connections than a small share can let sort at pgtune's size",
      of: input(1024, 4, { connections: 60 }),
      want: { max_connections: 82, work_mem: 786_432, temp_buffers: 819_200 },
    },
  ])("$name", ({ of, want }) => {
    expect(valuesOf(of)).toMatchObject(want);
  });

  test("no commit waits for the disk when durability is relaxed, and pages stay protected", () => {
    const relaxed = Object.fromEntries(tune(input(1024, 4), "relaxed").map(({ name, value }) => [name, value]));
    expect(relaxed).toMatchObject({ synchronous_commit: "off", fsync: "on", full_page_writes: "on" });
    expect(valuesOf(input(1024, 4))).toMatchObject({ synchronous_commit: "on", fsync: "on", full_page_writes: "on" });
  });
});

describe("what PostgreSQL needs of the machine", () => {
  test("8 GiB with the usual connections want room for pgtune's 4 MB in every portion of every process", () => {
    const machine = { cpus: 4, memory: gib(8) };
    const { floor, ideal } = needs({ machine, workload: WEB });
    expect([floor, ideal]).toEqual([mib(528), mib(1600)]);
    expect(divide({ machine, workload: WEB, share: { memory: ideal, cpus: 4 } }).workMem).toBeGreaterThanOrEqual(
      mib(4),
    );
  });

  test("16 GiB with 200 connections are worth the document's settings for higher load", () => {
    const machine = { cpus: 8, memory: gib(16) };
    const workload: Workload = { ...WEB, connections: 200 };
    const { ideal } = needs({ machine, workload });
    const values = valuesOf({ share: { memory: ideal, cpus: 8 }, machine, workload });
    expect(values["shared_buffers"]).toBeGreaterThanOrEqual(512 * MIB);
    expect(values["effective_cache_size"]).toBeGreaterThanOrEqual(2 * GIB);
    expect(values["max_connections"]).toBeGreaterThanOrEqual(200);
  });

  test("more connections raise the floor, and the ideal is never below it", () => {
    const property = fc.property(workloads, fc.integer({ min: 1, max: 64 }), (workload, cpus) => {
      const of = (connections: number) =>
        needs({ machine: { cpus, memory: gib(2) }, workload: { ...workload, connections } });
      const [few, many] = [of(workload.connections), of(workload.connections + 100)];
      return few.floor <= many.floor && few.floor <= few.ideal && many.floor <= many.ideal;
    });
    fc.assert(property);
  });
});

describe("whatever the share", () => {
  test("all consumers at their worst stay within 0.9 of the limit", () => {
    fc.assert(
      fc.property(inputs, (input) => divide(input).worst <= SAFE_FRACTION * input.share.memory),
      { numRuns: 500 },
    );
  });

  test("every size is one that the server can report back, and every count is whole", () => {
    const property = fc.property(inputs, (input) => {
      for (const { name, value, unit, tolerance } of tune(input, "full")) {
        if (typeof value !== "number") continue;
        if (unit === "bytes") expect(value % (tolerance?.kind === "granularity" ? tolerance.step : 1), name).toBe(0);
        if (unit === "count") expect(Number.isInteger(value), name).toBe(true);
        expect(value, name).toBeGreaterThanOrEqual(0);
      }
    });
    fc.assert(property);
  });

  test("more memory never makes a size smaller", () => {
    const property = fc.property(inputs, fc.integer({ min: 1, max: 1024 }), (input, steps) => {
      const more = { ...input.share, memory: bytes(input.share.memory + steps * GRAIN) };
      const larger = valuesOf({ ...input, share: more });
      for (const { name, value, unit } of tune(input, "full")) {
        if (unit === "bytes") expect(larger[name], name).toBeGreaterThanOrEqual(Number(value));
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("the pools and the reserved connections fit max_connections", () => {
    const property = fc.property(inputs, (input) => {
      const values = valuesOf(input);
      const pooled = POOLS * poolSize(input.machine.cpus);
      expect(values["max_connections"]).toBeGreaterThan(pooled + Number(values["superuser_reserved_connections"]));
    });
    fc.assert(property);
  });

  test("every setting says why and has a variable of its own", () => {
    const settings = tune(input(1024, 4), "full");
    for (const { because } of settings) {
      expect(because.formula).not.toBe("");
      expect(because.source).not.toBe("");
    }
    const names = settings.map(({ variable }) => variable);
    expect(new Set(names).size).toBe(settings.length);
    expect(names).toEqual(
      expect.arrayContaining([
        "POSTGRES_SHARED_BUFFERS",
        "POSTGRES_EFFECTIVE_CACHE_SIZE",
        "POSTGRES_WORK_MEM",
        "POSTGRES_MAINTENANCE_WORK_MEM",
        "POSTGRES_MAX_CONNECTIONS",
      ]),
    );
  });

  test("the reason names the rule that set work_mem", () => {
    expect(workMemRule(input(8192, 4, { kind: "mixed" }))).toBe("(M − S) / (P · 3) · ½");
    expect(workMemRule(input(1024, 4))).toContain("everything else");
  });
});

/** What to write in place of a bare number, as the refusal suggests it. */
function suggested(name: string, given: number): readonly (string | undefined)[] {
  return overrideSettings({
    service: "postgres",
    tuned: tune(input(1024, 4), "full"),
    overrides: { [name]: given },
    isChecked: true,
    positionOf: () => ({ file: "", line: 1, column: 1 }),
  }).problems.map(({ suggestion }) => suggestion);
}

describe("a size that a profile gives as a bare number", () => {
  test.for([
    ["shared_buffers", 16_384, "128 MiB"],
    ["effective_cache_size", 524_288, "4 GiB"],
    ["wal_buffers", 2048, "16 MiB"],
    ["work_mem", 65_536, "64 MiB"],
    ["maintenance_work_mem", 65_536, "64 MiB"],
    ["autovacuum_work_mem", 1000, "1000 KiB"],
    ["min_wal_size", 80, "80 MiB"],
    ["max_wal_size", 1024, "1 GiB"],
    ["wal_buffers", -1, undefined],
  ] as const)("%s: %i is refused, with what PostgreSQL would take it for: %s", ([name, given, suggestion]) => {
    expect(suggested(name, given)).toEqual([suggestion]);
  });
});

describe("absurd shares", () => {
  test.for([
    { name: "no memory", of: input(0, 1) },
    { name: "64 MiB", of: input(64, 2) },
    { name: "10,000 connections in 8 GiB", of: input(8192, 8, { connections: 10_000 }) },
    { name: "a share below the floor", of: input(192, 4) },
  ])("$name is refused with the size that would do", ({ of }) => {
    expect(() => tune(of, "full")).toThrow(PlumblineError);
    try {
      tune(of, "full");
    } catch (error) {
      if (!(error instanceof PlumblineError)) throw error;
      expect(error.code).toBe("BUDGET_IMPOSSIBLE");
      const needed = Number(/Give it (\d+) MiB/.exec(error.fix)?.[1]);
      expect(() => tune({ ...of, share: { ...of.share, memory: mib(needed) } }, "full")).not.toThrow();
    }
  });
});
