import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ContainerInput } from "../../../stack/core/service/service.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { postgres } from "../../../stack/services/postgres/index.ts";

const input = (memoryMib: number): ContainerInput => ({
  instance: "postgres",
  share: { memory: mib(memoryMib), cpus: 2 },
  settings: [],
  workload: { kind: "web", clients: 10, connections: 15 },
  credentials: () => {
    throw new Error("a container's definition holds no credential");
  },
  neighbours: {},
  grants: [],
  hostPort: () => 5432,
});

describe("the options of a profile", () => {
  test("are all optional, and null means the defaults", () => {
    expect(postgres.configure({}).name).toBe("postgres");
    expect(postgres.configure(null).ports[0]?.url?.template).toContain("/app");
  });

  test.for([
    { name: "an unknown key", options: { databse: "app" } },
    { name: "a database name that needs quotes", options: { database: "My App" } },
    { name: "the database of the benchmarks", options: { database: "plumbline_bench" } },
    { name: "an unknown durability", options: { durability: "none" } },
  ])("$name is refused", ({ options }) => {
    expect(() => postgres.configure(options)).toThrow(z.ZodError);
  });

  test("are described, each one", () => {
    const schema = z.toJSONSchema(postgres.options);
    for (const [name, option] of Object.entries(schema.properties ?? {})) {
      expect(typeof option === "object" && option.description, name).toBeTruthy();
    }
  });
});

describe("the container", () => {
  test("has no tunable and no credential on its command line or in its environment", () => {
    const { command = [], environment } = postgres.configure({}).container(input(1024));
    expect(command).toEqual(["postgres", "-c", "config_file=/etc/plumbline/postgresql.conf"]);
    expect(environment["POSTGRES_PASSWORD"]).toBeUndefined();
    expect(environment["POSTGRES_PASSWORD_FILE"]).toBe("/run/secrets/postgres.admin");
  });

  test("is the same for every usual share, so that a new share needs no new container", () => {
    const service = postgres.configure({});
    expect(service.container(input(512))).toEqual(service.container(input(8192)));
    expect(service.container(input(512)).shmSize).toBeGreaterThanOrEqual(gib(1));
  });
});

describe("log lines that have a meaning", () => {
  test.for([
    ["FATAL:  database files are incompatible with server", "VOLUME_INCOMPATIBLE"],
    ["plumbline: volume of major version 17, server is 18", "VOLUME_INCOMPATIBLE"],
    ["plumbline: volume incomplete: /x holds files, but no complete PostgreSQL cluster", "VOLUME_INCOMPLETE"],
    ['PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device', "DISK_FULL"],
    ['FATAL:  configuration file "/etc/plumbline/postgresql.conf" contains errors', "SERVICE_EXITED"],
  ] as const)("%s means %s", ([line, code]) => {
    expect(postgres.configure({}).failures.find(({ pattern }) => pattern.test(line))?.code).toBe(code);
  });
});
