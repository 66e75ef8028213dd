import * as fc from "fast-check";
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

/** Reads one line as PostgreSQL's guc-file.l does. Throws for what that does not accept. */
function readValue(line: string): string {
  const value = line.slice(line.indexOf("=") + 2);
  if (/^(?:[+-]?\d+[A-Za-z]*|[+-]?\d*\.\d*|[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF.:/-]*)$/.test(value)) return value;
  const quoted = /^'((?:[^'\\\n]|\\.|'')*)'$/.exec(value)?.[1];
  if (quoted === undefined) throw new Error(`PostgreSQL cannot read ${line}`);
  return quoted.replaceAll(/''|\\(.)/gs, (_, escaped?: string) =>
    escaped === undefined ? "'" : escaped === "n" ? "\n" : escaped,
  );
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
    { value: 100, unit: "bytes", want: "100B" },
    { value: 1500, unit: "bytes", want: "1500B" },
    { value: 0, unit: "bytes", want: "0kB" },
    { value: 0.9, unit: "ratio", want: "0.9" },
    { value: 33, unit: "count", want: "33" },
    { value: 30, unit: "s", want: "30s" },
    { value: true, unit: "text", want: "on" },
    { value: "try", unit: "text", want: "try" },
  ] as const)("$value $unit is $want", ({ value, unit, want }) => {
    expect(spell(value, unit)).toBe(want);
  });

  const [first] = tuned;
  const lineOf = (value: string): string => {
    if (!first) throw new Error("no setting");
    const text = textOf("postgresql.conf", [{ ...first, unit: "text", value }]);
    return text.split("\n").find((line) => line.startsWith("shared_buffers = ")) ?? "";
  };

  test("text from a profile cannot end the quotes that it stands in", () => {
    expect(lineOf("a' \\ b")).toBe("shared_buffers = 'a'' \\\\ b'");
    expect(lineOf("on\nfsync = off")).toBe(String.raw`shared_buffers = 'on\nfsync = off'`);
    expect(lineOf("")).toBe("shared_buffers = ''");
  });

  test("text from a profile is read as it is, and what would not be read without quotes has them", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(readValue(lineOf(text))).toBe(text);
      }),
    );
    for (const text of ["1.5.3", "on+off", "0.5s", "-", "a b", "$x"]) expect(lineOf(text)).toContain(`'${text}'`);
  });
});
