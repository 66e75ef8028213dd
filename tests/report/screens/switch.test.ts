import { expect, test } from "vitest";
import type { Action } from "../../../stack/core/plan/action.ts";
import { bytes } from "../../../stack/core/units.ts";
import { documents } from "../../../stack/report/documents/documents.ts";
import { switchText } from "../../../stack/report/screens/switch.ts";
import { upDocumentOf, upText, type UpReport } from "../../../stack/report/screens/up.ts";
import { MACHINE, smallStack, withStandIn } from "../../support/report/fixtures.ts";

const APPLY: Action = {
  kind: "apply-settings",
  service: "redis",
  instance: "redis-1",
  changes: [{ name: "maxmemory", unit: "bytes", from: 1, to: 2 }],
  cause: "maxmemory is 1 B, wanted 2 B",
};

async function reportOf(actions: readonly Action[]): Promise<UpReport> {
  const facts = { architecture: "x86_64", kernel: "6.1", operatingSystem: "Debian", storageDriver: "overlay2" };
  return {
    command: "switch",
    runtime: { name: "engine" },
    engine: { address: "unix:///var/run/docker.sock" },
    machine: { ...MACHINE, ...facts, cgroupVersion: 2, engineVersion: "27.0", disk: bytes(1) },
    machinePlan: { actions: [], notes: [] },
    desired: await smallStack(),
    plan: { actions },
    observation: { versions: new Map() },
    proof: { settings: 30, containers: 3, files: 9, notes: [] },
    leftOut: [],
    phases: [],
    traces: [],
    interruptions: [],
    comparison: undefined,
    results: undefined,
    resultsText: undefined,
    files: [],
    exitCode: 0,
  };
}

test("a stack that is up names the programs that stand in for others", async () => {
  const report = await reportOf([]);
  const other = { ...report, desired: withStandIn(report.desired, "Other"), observation: { versions: new Map() } };
  expect(upText(other, false)).toMatch(/^redis-1 +\(Other\)/m);
  expect(upDocumentOf(other).services[0]?.image).toMatchObject({ standIn: "Other" });
  expect(documents["up"]?.safeParse({ ...upDocumentOf(other), command: "up" }).success).toBe(true);
});

test("a switch names both profiles and each change with its cause", async () => {
  const text = switchText(await reportOf([APPLY]), "qa", false);
  expect(text).toMatch(/^Switched from qa to minimal:\n {2}apply live to redis-1: maxmemory is 1 B, wanted 2 B\n/);
});

test("a switch that finds nothing to change touches nothing and says so", async () => {
  const text = switchText(await reportOf([]), "minimal", false);
  expect(text).toMatch(/^The stack has the profile minimal already: nothing was touched\.\n/);
});

test("limits that were not read from the kernel are not said to be", async () => {
  const quiet = "their limits as the engine has them,";
  expect(upText(await reportOf([]), false)).toContain(quiet);
  expect(upText({ ...(await reportOf([])), command: "verify" }, false)).not.toContain(quiet);
  expect(upText(await reportOf([APPLY]), false)).not.toContain(quiet);
});

test("the sizes that are named are those of the budget, also on a larger machine", async () => {
  const report = await reportOf([]);
  const text = upText({ ...report, machine: { ...report.machine, cpus: 64 } }, false);
  expect(text).toContain("Sized for 2 cpus and 4 GiB");
});

test("a switch of a stack that was never up brings it up", async () => {
  expect(switchText(await reportOf([APPLY]), undefined, false)).toMatch(/^Brought up with minimal:/);
});

test("its document is that of up", async () => {
  const parsed = documents["switch"]?.safeParse(upDocumentOf(await reportOf([APPLY])));
  expect(parsed?.error).toBeUndefined();
  expect(parsed?.success).toBe(true);
});
