import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configureServices, sizeServices, type SizedService } from "../../../stack/core/desire/desire.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { bytes, gib, inMib, mib, type Bytes } from "../../../stack/core/units.ts";
import type { Workload } from "../../../stack/core/service/workload.ts";
import { readProfile } from "../../../stack/records/profiles.ts";
import { PROGRAM } from "../../../stack/services/kit/exporter/parts.ts";
import { tuneGo } from "../../../stack/services/kit/go-runtime.ts";
import { registry, services } from "../../../stack/services/index.ts";
import { connectionsFor, mysqlSizes, worstCase as mysqlWorst } from "../../../stack/services/mysql/memory.ts";
import { worstCase as pgbouncerWorst } from "../../../stack/services/pgbouncer/tuning.ts";
import { divide } from "../../../stack/services/postgres/memory.ts";
import { rabbitmqSizes, worstCase as rabbitmqWorst } from "../../../stack/services/rabbitmq/tuning.ts";
import { options as redisOptions } from "../../../stack/services/redis/options.ts";
import { redisSizes, worstCase as redisWorst } from "../../../stack/services/redis/tuning.ts";
import { profileOf } from "../../support/core/stack.ts";

/** The services' budgets on a machine that is exactly what the profile asks for. */
async function shipped(name: string) {
  const { profile } = await readProfile(name, { services });
  const configured = configureServices(profile, registry);
  return { profile, ...sizeServices({ profile, machine: profile.machine, services: configured }) };
}

function settingOf(sized: readonly SizedService[], service: string, name: string): number {
  const value = sized
    .find(({ definition }) => definition.name === service)
    ?.settings.find((each) => each.name === name)?.value;
  if (typeof value !== "number") throw new Error(`${service}.${name} is ${String(value)}`);
  return value;
}

const sharesOf = (sized: readonly SizedService[]) =>
  Object.fromEntries(sized.map(({ definition, share }) => [definition.name, inMib(share.memory)]));

describe("the profiles", () => {
  test("dev on 8 GiB must give every service at least the split that is known to work", async () => {
    const { sized } = await shipped("dev");
    const known = { postgres: 1024, mysql: 832, redis: 192, rabbitmq: 512, pgbouncer: 64 };
    const shares = sharesOf(sized);
    expect(Object.keys(shares).toSorted()).toEqual(Object.keys(known).toSorted());
    for (const [service, size] of Object.entries(known)) {
      expect(shares[service], service).toBeGreaterThanOrEqual(size);
    }
  });

  test("minimal on 4 GiB must fit, and give PostgreSQL the most", async () => {
    const { sized, budget } = await shipped("minimal");
    expect(inMib(budget.available)).toBe(4096 - 768);
    expect(budget.spent).toBeLessThanOrEqual(budget.available);
    const { postgres = 0, ...others } = sharesOf(sized);
    expect(Object.keys(others).toSorted()).toEqual(["pgbouncer", "redis"]);
    expect(postgres).toBeGreaterThan(Math.max(...Object.values(others)));
    expect(settingOf(sized, "postgres", "shared_buffers")).toBeGreaterThanOrEqual(mib(128));
  });

  test("qa on 16 GiB must have the large settings", async () => {
    const { sized } = await shipped("qa");
    expect(settingOf(sized, "postgres", "shared_buffers")).toBeGreaterThanOrEqual(mib(512));
    expect(settingOf(sized, "postgres", "effective_cache_size")).toBeGreaterThanOrEqual(gib(2));
    expect(settingOf(sized, "postgres", "max_connections")).toBeGreaterThanOrEqual(200);
    expect(settingOf(sized, "mysql", "max_connections")).toBe(200);
    expect(settingOf(sized, "mysql", "innodb_buffer_pool_size")).toBeGreaterThanOrEqual(mib(512));
    const maxmemory = inMib(bytes(settingOf(sized, "redis", "maxmemory")));
    expect(maxmemory).toBeGreaterThanOrEqual(512);
  });

  test.for(["dev", "minimal", "qa"])("%s must promise no more memory than its machine has", async (name) => {
    const { budget, profile } = await shipped(name);
    expect(budget.spent + budget.reserve).toBeLessThanOrEqual(profile.machine.memory);
  });
});

/** Every subset of the registry that has what its services require. */
const subsets = Array.from({ length: 2 ** services.length }, (_, bits) =>
  services.filter((_, index) => (bits >> index) % 2 === 1).map((service) => service.configure({})),
)
  .filter((chosen) =>
    chosen.every(({ requires }) => requires.every((name) => chosen.some((each) => each.name === name))),
  )
  .map((chosen) => chosen.map(({ name }) => name));

const arbitraryWorkload: fc.Arbitrary<Workload> = fc.record({
  kind: fc.constantFrom("web", "oltp", "dw", "mixed"),
  clients: fc.integer({ min: 1, max: 1000 }),
  connections: fc.integer({ min: 1, max: 500 }),
});

const arbitraryOptions = fc.record({
  redis: fc.record({ nodes: fc.constantFrom(1, 3, 6), persistence: fc.constantFrom("none", "aof", "rdb") }),
  mysql: fc.record({ durability: fc.constantFrom("full", "relaxed"), binaryLog: fc.boolean() }),
  postgres: fc.record({ durability: fc.constantFrom("full", "relaxed") }),
});

const arbitraryInput = fc.record({
  chosen: fc.constantFrom(...subsets),
  cpus: fc.integer({ min: 1, max: 64 }),
  memory: fc.integer({ min: 2 * 1024, max: 256 * 1024 }).map((size) => mib(size)),
  workload: arbitraryWorkload,
  options: arbitraryOptions,
});

type Input = typeof arbitraryInput extends fc.Arbitrary<infer Value> ? Value : never;

/** The sized services; the refusal where their floors do not fit. */
function size({ chosen, cpus, memory, workload, options }: Input) {
  const given: Readonly<Record<string, unknown>> = options;
  const profile = profileOf({
    machine: { cpus, memory, disk: gib(60) },
    services: Object.fromEntries(chosen.map((name) => [name, given[name] ?? {}])),
    workload,
  });
  try {
    const configured = configureServices(profile, registry);
    return { profile, ...sizeServices({ profile, machine: profile.machine, services: configured }) };
  } catch (error) {
    if (error instanceof PlumblineError && error.code === "BUDGET_IMPOSSIBLE" && error.details["drop"])
      return undefined;
    throw error;
  }
}

describe("for every machine, workload and subset of the services", () => {
  test("every share must be one that the service can be tuned for, and the sum must fit", () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const result = size(input);
        fc.pre(result !== undefined);
        const { sized, budget } = result;
        const spent = sized.reduce(
          (total, { share, definition }) => total + share.memory * definition.instances.length,
          0,
        );
        expect(spent).toBeLessThanOrEqual(budget.available);
        for (const { settings, share } of sized) {
          expect(settings.length).toBeGreaterThan(0);
          expect(share.cpus).toBeLessThanOrEqual(input.cpus);
          for (const { name, value, because } of settings) {
            expect(typeof value === "number" ? Number.isFinite(value) && value >= 0 : typeof value, name).toBeTruthy();
            expect(because.formula && because.source, name).toBeTruthy();
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("every service at its worst must leave a tenth of its limit free", () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const result = size(input);
        fc.pre(result !== undefined);
        const { machine } = result.profile;
        for (const { definition, share } of result.sized) {
          const worst = worstOf(definition.name, { share, machine, workload: input.workload }, input.options.redis);
          expect(worst, definition.name).toBeLessThanOrEqual(0.9 * share.memory);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("more memory in the machine must never give less to any service", () => {
    fc.assert(
      fc.property(arbitraryInput, fc.integer({ min: 0, max: 64 * 1024 }), (input, more) => {
        const before = size(input);
        fc.pre(before !== undefined);
        const after = size({ ...input, memory: bytes(input.memory + mib(more)) });
        if (!after) throw new Error("more memory was refused");
        const shares = new Map(after.sized.map(({ definition, share }) => [definition.name, share.memory]));
        for (const { definition, share } of before.sized) {
          expect(shares.get(definition.name), definition.name).toBeGreaterThanOrEqual(share.memory);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("more memory in the machine must never make a size of any service smaller", () => {
    fc.assert(
      fc.property(arbitraryInput, fc.integer({ min: 0, max: 64 * 1024 }), (input, more) => {
        const before = size(input);
        fc.pre(before !== undefined);
        const after = size({ ...input, memory: bytes(input.memory + mib(more)) });
        for (const { definition, settings } of before.sized) {
          for (const { name, unit, value } of settings.filter(({ unit }) => unit === "bytes")) {
            const larger = settingOf(after?.sized ?? [], definition.name, name);
            expect(larger, `${definition.name}.${name} in ${unit}`).toBeGreaterThanOrEqual(Number(value));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("two GiB and one cpu must be enough for each usual service alone", () => {
    const small = { kind: "web", clients: 20, connections: 15 } as const;
    for (const chosen of subsets.filter(({ length }) => length === 1)) {
      const input = { chosen, cpus: 1, memory: gib(2), workload: small, options: NO_OPTIONS };
      expect(size(input), chosen.join()).toBeDefined();
    }
  });
});

const NO_OPTIONS = {
  redis: { nodes: 3, persistence: "aof" },
  mysql: { durability: "full", binaryLog: false },
  postgres: { durability: "full" },
} as const;

type Tuned = Parameters<typeof divide>[0];

/** What a service takes when all its consumers are at their worst, by its own reckoning. */
function worstOf(service: string, tuned: Tuned, redis: unknown): Bytes {
  const { share, workload } = tuned;
  const options = redisOptions.parse(redis);
  switch (service) {
    case "postgres":
      return divide(tuned).worst;
    case "pgbouncer":
      return pgbouncerWorst(tuned);
    case "mysql":
      return mysqlWorst(mysqlSizes(share.memory, connectionsFor(workload), workload.kind));
    case "redis":
      return redisWorst(redisSizes(share.memory, workload, options), options.persistence);
    case "rabbitmq":
      return rabbitmqWorst(rabbitmqSizes(share.memory));
    case "postgres-exporter":
    case "mysqld-exporter":
    case "redis-exporter":
    case "node-exporter":
      return bytes(PROGRAM + Number(tuneGo(tuned, PROGRAM).find(({ name }) => name === "GOMEMLIMIT")?.value));
  }
  throw new Error(`${service} has no worst case here: add it, so that a new service is checked too`);
}
