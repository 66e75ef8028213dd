import { describe, expect, test } from "vitest";
import type { Setting } from "../../../stack/core/service/setting.ts";
import { gib } from "../../../stack/core/units.ts";
import { openFilesFor, processesFor } from "../../../stack/services/kit/limits.ts";
import { registry } from "../../../stack/services/index.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";

function setting(name: string, value: number | string): Setting {
  return { name, value, unit: "count", takes: "restart", because: { formula: "n", inputs: {}, source: "this test" } };
}

test("a server must have room for twice its connections, its workers and its other processes", () => {
  const settings = [setting("max_connections", 1000), setting("workers", 8), setting("something else", 500)];
  expect(processesFor(settings, ["max_connections", "workers"])).toBe(2 * (1000 + 8 + 256));
});

test("a setting that is absent, below 0 or a text must count as none", () => {
  expect(
    processesFor([setting("max_connections", -1), setting("workers", "many")], ["max_connections", "workers"]),
  ).toBe(512);
});

const filesFor = (clients: number) => openFilesFor([setting("clients", clients)], ["clients"]);

test("open files must be a power of two that holds every connection and the other files", () => {
  expect([0, 100, 63_000, 64_000, 150_000].map(filesFor)).toEqual([2048, 4096, 65_536, 131_072, 262_144]);
});

describe("with a hundred thousand clients", () => {
  const machine = { cpus: 8, memory: gib(32), disk: gib(60) };
  const instancesOf = (clients: number) =>
    desiredOf(
      profileOf({
        machine,
        workload: { kind: "web", clients, connections: 15 },
        services: { postgres: {}, pgbouncer: {}, redis: { nodes: 1 } },
      }),
      { registry },
    ).services.flatMap(({ instances }) => instances);
  const openFilesOf = (clients: number) =>
    Object.fromEntries(instancesOf(clients).map(({ name, confinement }) => [name, confinement.openFiles]));

  test("the pool and the store must be able to open a file for each, and with a hundred no container be another", () => {
    expect(openFilesOf(100)).toEqual({ postgres: 65_536, pgbouncer: 65_536, "redis-1": 65_536 });
    expect(openFilesOf(100_000)).toEqual({ postgres: 65_536, pgbouncer: 262_144, "redis-1": 131_072 });
  });
});

/** Of both databases, with this many direct connections. */
const limitOf = (connections: number) => {
  const profile = profileOf({
    machine: { cpus: 8, memory: gib(64), disk: gib(60) },
    workload: { kind: "web", clients: 100, connections },
    services: { postgres: {}, mysql: {} },
  });
  const { services } = desiredOf(profile, { registry });
  return services.map(({ instances }) => instances[0]?.confinement.processes);
};

test("a database must have a process for each of its connections", () => {
  expect(limitOf(15)).toEqual([1024, 1024]);
  expect(limitOf(3000)).toEqual([8192, 8192]);
});
