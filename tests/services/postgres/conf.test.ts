import { describe, expect, test } from "vitest";
import type { ContainerInput } from "../../../stack/core/service/service.ts";
import type { Setting } from "../../../stack/core/service/setting.ts";
import { mib } from "../../../stack/core/units.ts";
import { confFiles, spell } from "../../../stack/services/postgres/conf.ts";
import { postgres } from "../../../stack/services/postgres/index.ts";

const share = { memory: mib(1024), cpus: 4 };
const workload = { kind: "web", clients: 100, connections: 15 } as const;

function textOf(path: string, settings: readonly Setting[]): string {
  const input: ContainerInput = {
    instance: "postgres",
    share,
    settings,
    workload,
    credentials: () => {
      throw new Error("no conf file of PostgreSQL holds a credential");
    },
    neighbours: {},
    grants: [],
    hostPort: () => 5432,
  };
  return confFiles(input).find((file) => file.path === path)?.text ?? "";
}

const tuned = postgres.configure({}).tune({ share, machine: { cpus: 4, memory: mib(8192) }, workload });

test("the whole postgresql.conf of the split of 8 GiB", () => {
  expect(textOf("postgresql.conf", tuned)).toMatchSnapshot();
});

test("over TCP every login proves a password", () => {
  const lines = textOf("pg_hba.conf", tuned).split("\n");
  const overTcp = lines.filter((line) => line.startsWith("host"));
  expect(overTcp.length).toBeGreaterThan(0);
  for (const line of overTcp) expect(line).toMatch(/scram-sha-256$/);
  expect(lines.some((line) => /\btrust$/.test(line))).toBe(false);
});

test("every setting is a line of its own with its reason and source above it", () => {
  const lines = textOf("postgresql.conf", tuned).split("\n");
  for (const { name, because } of tuned) {
    const at = lines.findIndex((line) => line.startsWith(`${name} = `));
    expect(at, name).toBeGreaterThan(1);
    expect(lines[at - 2], name).toContain(because.formula);
    expect(lines[at - 1], name).toContain(because.source);
  }
});

describe("a value in the server's spelling", () => {
  test.for([
    { value: mib(204), unit: "bytes", want: "204MB" },
    { value: 5_505_024, unit: "bytes", want: "5376kB" },
    { value: 0.9, unit: "ratio", want: "0.9" },
    { value: 33, unit: "count", want: "33" },
    { value: 30, unit: "s", want: "30s" },
    { value: true, unit: "text", want: "on" },
    { value: "try", unit: "text", want: "try" },
  ] as const)("$value $unit is $want", ({ value, unit, want }) => {
    expect(spell(value, unit)).toBe(want);
  });

  test("text from a profile cannot end the quotes that it stands in", () => {
    const [first] = tuned;
    if (!first) throw new Error("no setting");
    const text = textOf("postgresql.conf", [{ ...first, unit: "text", value: "a' \\ b" }]);
    expect(text).toContain("shared_buffers = 'a'' \\\\ b'");
  });
});
