import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gib, inMib, mib } from "../../../stack/core/units.ts";
import type { Workload } from "../../../stack/core/service/workload.ts";
import { options } from "../../../stack/services/redis/options.ts";
import { spell } from "../../../stack/services/redis/conf.ts";
import { needs, redisSizes, tune, worstCase } from "../../../stack/services/redis/tuning.ts";

const WORKLOAD: Workload = { kind: "web", clients: 100, connections: 15 };
const given = (text: object = {}) => options.parse(text);

function ideal(memoryGib: number, nodes: number): number {
  const input = { machine: { cpus: 4, memory: gib(memoryGib) }, workload: WORKLOAD };
  return inMib(needs(input, given({ nodes })).ideal);
}

function values(memoryMib: number, text: object = {}, workload = WORKLOAD): Readonly<Record<string, unknown>> {
  const input = { share: { memory: mib(memoryMib), cpus: 1 }, machine: { cpus: 4, memory: gib(8) }, workload };
  return Object.fromEntries(tune(input, given(text)).map(({ name, value }) => [name, value]));
}

describe("what a node needs", () => {
  test("must give 115 MiB of data on the 8 GiB of dev, while all of it is written over during a rewrite", () => {
    expect(Math.abs(Number(values(ideal(8, 3))["maxmemory"]) - mib(115))).toBeLessThan(mib(6));
  });

  test("must give maxmemory 512 MB within a tenth on the 16 GiB of qa", () => {
    const maxmemory = values(ideal(16, 3))["maxmemory"];
    expect(Math.abs(Number(maxmemory) - mib(512))).toBeLessThan(mib(51));
  });

  test("must grow with the machine, never be below the floor, and together not depend on the number of nodes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 255 }), fc.constantFrom(1, 3, 4, 5, 6), (memory, nodes) => {
        const input = { machine: { cpus: 4, memory: gib(memory) }, workload: WORKLOAD };
        const node = needs(input, given({ nodes }));
        expect(node.ideal).toBeGreaterThanOrEqual(node.floor);
        expect(ideal(memory + 1, nodes)).toBeGreaterThanOrEqual(ideal(memory, nodes));
        expect(ideal(memory, nodes) * nodes).toBeLessThanOrEqual(
          Math.max(ideal(memory, 1), 192 * nodes) + 12 * nodes * 2,
        );
      }),
    );
  });
});

describe("the settings", () => {
  test.for<readonly [persistence: string, settings: object]>([
    ["none", { maxmemory: mib(128), appendonly: "no", appendfsync: "everysec", save: "" }],
    ["aof", { maxmemory: mib(64), appendonly: "yes", appendfsync: "everysec", save: "" }],
    ["rdb", { maxmemory: mib(64), appendonly: "no", appendfsync: "everysec", save: "3600 1 300 100 60 10000" }],
  ])("of 192 MiB with persistence %s must be the documented ones", ([persistence, settings]) => {
    expect(values(192, { persistence })).toEqual({
      ...settings,
      "maxmemory-policy": "noeviction",
      "maxmemory-clients": mib(19),
      "client-output-buffer-limit": "normal 19922944 0 0 slave 268435456 67108864 60 pubsub 19922944 8388608 60",
      maxclients: 608,
      "io-threads": 1,
    });
  });

  test("must admit the workload's clients, on small nodes too", () => {
    expect(values(96, {}, { ...WORKLOAD, clients: 5000 })["maxclients"]).toBeGreaterThanOrEqual(5032);
  });

  test("must name the variables of the document, in Redis's spelling", () => {
    const input = { share: { memory: mib(192), cpus: 1 }, machine: { cpus: 4, memory: gib(8) }, workload: WORKLOAD };
    const variables = tune(input, given({ policy: "allkeys-lru" })).flatMap(({ variable, value, unit }) =>
      variable === undefined ? [] : `${variable}=${spell(value, unit)}`,
    );
    expect(variables).toEqual(["REDIS_MAXMEMORY=64mb", "REDIS_MAXMEMORY_POLICY=allkeys-lru"]);
  });

  test("must leave a tenth of every limit free in the worst case, and give reasons", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 112, max: 65_536 }),
        fc.constantFrom("none", "aof", "rdb"),
        (memory, persistence) => {
          const shape = given({ persistence });
          const sizes = redisSizes(mib(memory), WORKLOAD, shape);
          expect(worstCase(sizes, shape.persistence)).toBeLessThanOrEqual(mib(memory) * 0.9);
          const input = {
            share: { memory: mib(memory), cpus: 1 },
            machine: { cpus: 4, memory: gib(64) },
            workload: WORKLOAD,
          };
          for (const { because } of tune(input, shape)) {
            expect(because.formula).not.toBe("");
            expect(because.source).not.toBe("");
          }
        },
      ),
    );
  });
});

describe("the options", () => {
  test("a cluster of two must be refused with the reason", () => {
    const result = options.safeParse({ nodes: 2 });
    expect(result.error?.issues[0]?.message).toContain("neither is a majority");
  });

  test.for([{ nodes: 0 }, { nodes: 7 }, { nodes: "3" }, { persistence: "always" }, { policy: "lru" }, { node: 3 }])(
    "%j must be refused",
    (text) => {
      expect(options.safeParse(text).success).toBe(false);
    },
  );
});
