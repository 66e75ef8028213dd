import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

/**
 * The layers of the house are lint rules by path. Every case is one file in a temporary tree that has the project's own
 * lint configuration: a run that is killed leaves no violation in the real tree.
 */
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The rule that must refuse the code; `undefined` where the code is legal. */
type Case = readonly [path: string, code: string, rule: string | undefined];

const IMPORTS = "no-restricted-imports";
const GLOBALS = "no-restricted-globals";

/** Where pure code lives: a folder or file of its own for each case. */
const pureLayers: readonly ((id: number) => string)[] = [
  (id) => `stack/core/case${id}.ts`,
  (id) => `stack/core/folder/case${id}.ts`,
  (id) => `stack/render/case${id}.ts`,
  (id) => `stack/services/case${id}/tuning.ts`,
  (id) => `stack/judge/stats/case${id}.ts`,
  (id) => `stack/judge/lint/rules/case${id}.ts`,
];

const outside = [
  "node:fs",
  "fs",
  "pg",
  "ioredis",
  "mysql2/promise",
  "amqplib",
  "dockerode",
  "execa",
  "zx",
  "ora",
].concat(
  ["inquirer", "listr2", "systeminformation", "commander", "../host/host.ts", "../../runtimes/index.ts"],
  ["../../images/obtain.ts", "../../report/text/table.ts", "../../docker/engine.ts", "../../commands/up.ts"],
);

const pureCode: readonly (readonly [code: string, rule: string | undefined])[] = [
  ...outside.map((name) => [`export { x } from "${name}";\n`, IMPORTS] as const),
  [`import { readFileSync } from "node:fs";\nexport const read = readFileSync;\n`, IMPORTS],
  [`import type { X } from "../../host/host.ts";\nexport type Y = X;\n`, IMPORTS],
  [`export { run } from "../../../scripts/lib/command.ts";\n`, IMPORTS],
  [`export const now = () => Date.now();\n`, GLOBALS],
  [`export const now = () => new Date();\n`, GLOBALS],
  [`export const now = () => performance.now();\n`, GLOBALS],
  [`export const now = () => globalThis.performance.now();\n`, GLOBALS],
  [`export const home = () => process.env["HOME"];\n`, GLOBALS],
  [`export const later = (run: () => void) => setTimeout(run, 1);\n`, GLOBALS],
  [`export const roll = () => Math.random();\n`, "no-restricted-properties"],
  [
    `export { literal } from "zod";\nexport { sha256 } from "@noble/hashes/sha2.js";\nexport { parse } from "yaml";\nexport { bytes } from "../../core/units.ts";\n`,
    undefined,
  ],
  [`export const half = (value: number) => Math.round(value / 2);\n`, undefined],
];

const pureCases = pureLayers.flatMap((path) => pureCode.map(([code, rule], id): Case => [path(id), code, rule]));

const otherCases: readonly Case[] = [
  ["stack/core/b.ts", `export { services } from "../services/index.ts";\n`, IMPORTS],
  ["stack/core/d.ts", `export { loop } from "../load/loop.ts";\n`, IMPORTS],
  ["stack/core/e.ts", `export { mean } from "../judge/stats/mean.ts";\n`, IMPORTS],
  ["stack/render/b.ts", `export { postgres } from "../services/postgres/index.ts";\n`, IMPORTS],
  ["stack/judge/b.ts", `export { renderStack } from "../render/stack.ts";\n`, IMPORTS],
  ["stack/judge/lint/rules/b.ts", `export { brokenBounds } from "../../expectation/bounds.ts";\n`, undefined],
  [
    "stack/judge/stats/c.ts",
    `export { mean } from "./mean.ts";\nexport { median } from "simple-statistics";\n`,
    undefined,
  ],
  ["stack/services/redis/tuning.ts", `export { connect } from "./live.ts";\n`, IMPORTS],
  ["stack/services/redis/live.ts", `export { openEngine } from "../../docker/engine.ts";\n`, IMPORTS],
  ["stack/host/a.ts", `export { openEngine } from "../docker/engine.ts";\n`, IMPORTS],
  ["stack/host/b.ts", `export { execa } from "execa";\nexport { $ } from "zx";\n`, undefined],
  ["stack/docker/a.ts", `export { runtimes } from "../runtimes/index.ts";\n`, IMPORTS],
  ["stack/docker/b.ts", `export { run } from "../host/run.ts";\nexport { Docker } from "dockerode";\n`, undefined],
  ["stack/docker/c.ts", `export { spawn } from "node:child_process";\n`, IMPORTS],
  ["stack/load/a.ts", `export { measure } from "../measure/measure.ts";\n`, IMPORTS],
  ["stack/load/b.ts", `export { Client } from "pg";\n`, IMPORTS],
  ["stack/records/a.ts", `export { converge } from "../converge/converge.ts";\n`, IMPORTS],
  ["stack/images/a.ts", `export { Docker } from "dockerode";\n`, IMPORTS],
  ["stack/images/b.ts", `export { engine } from "../runtimes/index.ts";\n`, IMPORTS],
  ["stack/runtimes/a.ts", `export { services } from "../services/index.ts";\n`, IMPORTS],
  ["stack/runtimes/d.ts", `export { composeFiles } from "../render/compose.ts";\n`, undefined],
  ["stack/runtimes/b.ts", `export { Client } from "pg";\n`, IMPORTS],
  ["stack/runtimes/c.ts", `export { $ } from "zx";\nexport { host } from "../host/host.ts";\n`, undefined],
  ["stack/runtimes/colima/a.ts", `export { converge } from "../../converge/converge.ts";\n`, IMPORTS],
  ["stack/converge/a.ts", `export { Redis } from "ioredis";\n`, IMPORTS],
  ["stack/converge/b.ts", `export { up } from "../commands/up.ts";\n`, IMPORTS],
  ["stack/converge/c.ts", `export { registry } from "../services/index.ts";\n`, IMPORTS],
  ["stack/measure/a.ts", `export { up } from "../commands/up.ts";\n`, IMPORTS],
  ["stack/measure/b.ts", `export { renderResults } from "../report/measurement/results.ts";\n`, IMPORTS],
  ["stack/commands/a.ts", `export { planDocument } from "../report/screens/plan.ts";\n`, IMPORTS],
  ["stack/commands/b.ts", `export { measure } from "../measure/measure.ts";\n`, undefined],
  ["stack/commands/d.ts", `export { $ } from "zx";\n`, IMPORTS],
  ["stack/commands/c.ts", `export { run } from "../../scripts/lib/command.ts";\n`, IMPORTS],
  ["stack/report/a.ts", `export { host } from "../host/host.ts";\n`, IMPORTS],
  ["stack/report/b.ts", `export const print = (text: string) => console.log(text);\n`, undefined],
  ["stack/report/c.ts", `export { up } from "../commands/up.ts";\n`, IMPORTS],
  ["stack/services/mysql/live.ts", `export { createPool } from "mysql2/promise";\n`, undefined],
  ["stack/services/mysql/scenarios.ts", `export { execa } from "execa";\n`, IMPORTS],
  ["stack/core/c.ts", `export { run } from "../../scripts/lib/command.ts";\n`, IMPORTS],
  ["scripts/a.ts", `export { $ } from "zx";\nexport { run } from "./lib/command.ts";\n`, undefined],
  ["scripts/b.ts", `export { Client } from "pg";\n`, IMPORTS],
  ["tests/experiments/self.ts", `export { Client } from "pg";\n`, undefined],
  ["stack/measure/habits/c.ts", `export const print = (text: string) => console.log(text);\n`, "no-console"],
  ["stack/measure/habits/d.ts", `export default 1;\n`, "no-default-export"],
  ["stack/measure/habits/e.ts", `export const same = (a: number, b: number) => a == b;\n`, "eqeqeq"],
  [
    "stack/measure/habits/f.ts",
    `export const text = (value: unknown) => value as string;\n`,
    "consistent-type-assertions",
  ],
  ["stack/measure/habits/g.ts", `export const text = ["a"] as const;\n`, undefined],
  [
    "stack/core/units.ts",
    `export const bytes = (value: number) => value as number & { readonly unit: "B" };\n`,
    undefined,
  ],
  ["stack/measure/habits/h.ts", `export const text = (value: any) => String(value);\n`, "no-explicit-any"],
  ["stack/measure/habits/i.ts", "export const x = 1;\n" + "// line\n".repeat(300), "max-lines"],
  ["stack/measure/habits/j.ts", `export function long() {\n${"  // line\n".repeat(80)}}\n`, "max-lines-per-function"],
  ["stack/measure/habits/cycle/a.ts", `export { b } from "./b.ts";\nexport const a = 1;\n`, "no-cycle"],
  ["stack/measure/habits/cycle/b.ts", `export { a } from "./a.ts";\nexport const b = 1;\n`, "no-cycle"],
];

const typedCases: readonly Case[] = [
  ["stack/core/promise.ts", `async function f() {}\nexport function g() {\n  f();\n}\n`, "no-floating-promises"],
  ["stack/core/misused.ts", `export const g = (f: () => Promise<void>) => [1].forEach(f);\n`, "no-misused-promises"],
  [
    "stack/core/switch.ts",
    `export function f(x: "a" | "b") {\n  switch (x) {\n    case "a":\n      return 1;\n  }\n  return 2;\n}\n`,
    "switch-exhaustiveness-check",
  ],
  [
    "stack/core/default.ts",
    `export function f(x: "a") {\n  switch (x) {\n    case "a":\n      return 1;\n    default:\n      return 2;\n  }\n}\n`,
    "switch-exhaustiveness-check",
  ],
  ["stack/core/unsafe.ts", `export const f = (): string => JSON.parse("1");\n`, "no-unsafe-return"],
  ["stack/core/safe.ts", `export const f = (): unknown => JSON.parse("1");\n`, undefined],
];

describe("layers: pure code", () => provesEach(pureCases, []));
describe("layers and habits: everything else", () => provesEach(otherCases, []));
describe("rules that need types", () => provesEach(typedCases, ["--type-aware"]));

function provesEach(cases: readonly Case[], flags: readonly string[]): void {
  let tree = "";
  let found: ReadonlyMap<string, readonly string[]> = new Map();

  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), "plumbline-layers-"));
    for (const file of [".oxlintrc.json", "tsconfig.json", "package.json"]) cpSync(join(root, file), join(tree, file));
    symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
    for (const [path, code] of cases) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), code);
    }
    found = lint(tree, flags);
  });
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  test.for(cases)("%s: %j must meet %s", ([path, , rule]) => {
    expect(found.get(path) ?? []).toEqual(rule === undefined ? [] : [rule]);
  });
}

const Report = z.object({ diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })) });

/** The names of the rules that each file breaks. */
function lint(tree: string, flags: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
  const run = spawnSync(process.execPath, [oxlint, "--format=json", ...flags, "stack", "scripts"], {
    cwd: tree,
    encoding: "utf8",
    timeout: 60_000,
    maxBuffer: 64 * 2 ** 20,
  });
  const { diagnostics } = Report.parse(JSON.parse(run.stdout));
  const rules = new Map<string, string[]>();
  for (const { code, filename } of diagnostics) {
    const rule = /\((.+)\)$/.exec(code)?.[1] ?? code; // "eslint(no-console)" -> "no-console"
    const known = rules.get(filename) ?? [];
    if (!known.includes(rule)) rules.set(filename, [...known, rule]);
  }
  return rules;
}
