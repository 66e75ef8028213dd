import { expect, test } from "vitest";
import type { Action } from "../../../stack/core/plan/action.ts";
import { limitsOf } from "../../../stack/core/results/commands/parts.ts";
import type { Switched } from "../../../stack/core/results/commands/up.ts";
import { documents } from "../../../stack/report/documents/documents.ts";
import { switchText } from "../../../stack/report/screens/switch.ts";
import { upDocumentOf, upText, verifyText } from "../../../stack/report/screens/up.ts";
import { MACHINE, smallStack } from "../../support/report/fixtures.ts";

const APPLY: Action = {
  kind: "apply-settings",
  service: "redis",
  instance: "redis-1",
  changes: [{ name: "maxmemory", unit: "bytes", from: 1, to: 2 }],
  cause: "maxmemory is 1 B, wanted 2 B",
};

const CONCLUSION = { smoke: undefined, exitCode: 0 };

async function resultOf(actions: readonly Action[], from?: string): Promise<Switched> {
  const { budget } = await smallStack();
  return {
    stack: "test",
    profile: "minimal",
    from,
    runtime: "engine",
    engine: "unix:///var/run/docker.sock",
    machine: { ...limitsOf(MACHINE), notes: [] },
    sizedFor: limitsOf(budget.machine),
    leftOut: [],
    services: [],
    proof: { settings: 30, containers: 3, files: 9 },
    limitsFrom: actions.length === 0 ? "engine" : "kernel",
    notes: [],
    phases: [],
    actions,
    starts: [],
    interruptions: [],
  };
}

test("a stack that is up names the programs that stand in for others", async () => {
  const service = {
    name: "redis",
    version: "",
    image: { reference: "redis:1", source: "registry", standIn: "Other", notes: [] },
    limits: limitsOf(MACHINE),
    instances: [{ name: "redis-1", endpoints: [] }],
  } as const;
  const other = { ...(await resultOf([])), services: [service] };
  expect(upText(other, CONCLUSION, false)).toMatch(/^redis-1 +\(Other\)/m);
  const document = upDocumentOf("up", other, CONCLUSION);
  expect(document.services[0]?.image).toMatchObject({ standIn: "Other" });
  expect(documents["up"]?.safeParse(document).success).toBe(true);
});

test("a switch names both profiles and each change with its cause", async () => {
  const text = switchText(await resultOf([APPLY], "qa"), CONCLUSION, false);
  expect(text).toMatch(/^Switched from qa to minimal:\n {2}apply live to redis-1: maxmemory is 1 B, wanted 2 B\n/);
});

test("neither up nor switch shows a command to the terminal: notes and causes quote what servers have", async () => {
  const hostile = "mode is \u001B[2J";
  const result = await resultOf([{ ...APPLY, cause: hostile }], "qa\u0007");
  const leftOut = [{ service: "redis", reason: hostile, fix: hostile }];
  const phases = [{ name: "\u009B2J", startedMs: 0, durationMs: 1 }];
  const text = switchText({ ...result, notes: [hostile], leftOut, phases }, CONCLUSION, false);
  expect(text).toContain("mode is \uFFFD[2J");
  expect(text).not.toMatch(/[^\P{Cc}\n]/u);
});

test("a switch that finds nothing to change touches nothing and says so", async () => {
  const text = switchText(await resultOf([], "minimal"), CONCLUSION, false);
  expect(text).toMatch(/^The stack has the profile minimal already: nothing was touched\.\n/);
});

test("limits that were not read from the kernel are not said to be", async () => {
  const quiet = "their limits as the engine has them,";
  expect(upText(await resultOf([]), CONCLUSION, false)).toContain(quiet);
  expect(verifyText({ ...(await resultOf([])), limitsFrom: "kernel" }, CONCLUSION, false)).not.toContain(quiet);
  expect(upText(await resultOf([APPLY]), CONCLUSION, false)).not.toContain(quiet);
});

test("the sizes that are named are those of the budget, also on a larger machine", async () => {
  const result = await resultOf([]);
  const text = upText({ ...result, machine: { ...result.machine, cpus: 64 } }, CONCLUSION, false);
  expect(text).toContain("Sized for 2 cpus and 4 GiB");
});

test("a switch of a stack that was never up brings it up", async () => {
  expect(switchText(await resultOf([APPLY]), CONCLUSION, false)).toMatch(/^Brought up with minimal:/);
});

test("its document is that of up", async () => {
  const parsed = documents["switch"]?.safeParse(upDocumentOf("switch", await resultOf([APPLY]), CONCLUSION));
  expect(parsed?.error).toBeUndefined();
  expect(parsed?.success).toBe(true);
});
