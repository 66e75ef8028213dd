import { describe, expect, test } from "vitest";
import { gib, mib } from "../../../stack/core/units.ts";
import { checkComputer, engineDisk, isNewEnough } from "../../../stack/commands/doctor/computer.ts";

test.for([
  ["20.12.0", true],
  ["20.11.1", false],
  ["18.20.0", false],
  ["22.0.0", true],
] as const)("Node.js %s for >=20.12 is new enough: %s", ([version, expected]) => {
  expect(isNewEnough(version, ">=20.12")).toBe(expected);
});

describe("room for images and volumes", () => {
  test.for([
    [gib(60), "ok"],
    [gib(4), "warning"],
    [mib(300), "problem"],
    [undefined, "ok"],
  ] as const)("%s free is %s", ([free, status]) => {
    expect(engineDisk(free, gib(20)).status).toBe(status);
  });
});

test("the computer that runs these tests has what Plumbline needs", async () => {
  const checks = await checkComputer();
  expect(checks.map(({ check }) => check)).toEqual(["node", "install", "project disk"]);
  expect(checks.filter(({ status }) => status === "problem")).toEqual([]);
});
