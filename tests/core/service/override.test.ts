import { describe, expect, test } from "vitest";
import type { SettingValue } from "../../../stack/core/machine/facts.ts";
import { formatProblem } from "../../../stack/core/profile/problem.ts";
import { overrideSettings } from "../../../stack/core/service/override.ts";
import type { Setting } from "../../../stack/core/service/setting.ts";
import { KIB, mib } from "../../../stack/core/units.ts";

const because = { formula: "", inputs: {}, source: "" };

const tuned: readonly Setting[] = [
  { name: "cache", value: mib(256), unit: "bytes", takes: "live", because },
  { name: "blocks", value: mib(64), unit: "bytes", takes: "live", because, bareUnit: 8 * KIB },
  { name: "wait", value: 5, unit: "s", takes: "live", because },
  { name: "pause", value: 200, unit: "ms", takes: "live", because },
  { name: "clients", value: 10, unit: "count", takes: "live", because },
  { name: "cost", value: 1.1, unit: "ratio", takes: "live", because },
  { name: "flush", value: 1, unit: "text", takes: "live", because },
  { name: "mode", value: "fast", unit: "text", takes: "live", because },
];

const positionOf = () => ({ file: "mine.yaml", line: 4, column: 7 });

function override(name: string, given: SettingValue, isChecked = true) {
  const found = overrideSettings({ service: "store", tuned, overrides: { [name]: given }, isChecked, positionOf });
  return {
    value: found.settings.find((setting) => setting.name === name)?.value,
    problems: found.problems.map(formatProblem),
  };
}

describe("a size or a time of a profile", () => {
  test.for<readonly [name: string, given: SettingValue, problem: string]>([
    ["cache", 512, "found 512 without a unit, expected a size with its unit, such as 256 MiB; did you mean 512 B?"],
    [
      "cache",
      268_435_456,
      "found 268435456 without a unit, expected a size with its unit, such as 256 MiB; did you mean 256 MiB?",
    ],
    [
      "cache",
      "65536",
      "found 65536 without a unit, expected a size with its unit, such as 256 MiB; did you mean 64 KiB?",
    ],
    [
      "blocks",
      524_288,
      "found 524288 without a unit, expected a size with its unit, such as 64 MiB; did you mean 4 GiB?",
    ],
    ["blocks", -1, "found -1 without a unit, expected a size with its unit, such as 64 MiB"],
    ["cache", 0.5, "found 0.5 without a unit, expected a size with its unit, such as 256 MiB"],
    ["wait", 15, "found 15 without a unit, expected a time with its unit, such as 5 s; did you mean 15 s?"],
    ["wait", " 15 ", "found 15 without a unit, expected a time with its unit, such as 5 s; did you mean 15 s?"],
    ["pause", 30, "found 30 without a unit, expected a time with its unit, such as 200 ms; did you mean 30 ms?"],
  ])("%s: %j must be refused without its unit, with what to write", ([name, given, problem]) => {
    const { value, problems } = override(name, given);
    expect(problems).toEqual([`mine.yaml:4:7: services.store.settings.${name}: ${problem}`]);
    expect(value).toBe(tuned.find((setting) => setting.name === name)?.value);
  });

  test("must be what the suggestion says when that is written", () => {
    expect(override("blocks", "4 GiB").value).toBe(524_288 * 8 * KIB);
    expect(override("cache", "512 B").value).toBe(512);
    expect(override("wait", "15 s").value).toBe(15);
    expect(override("pause", "30 ms").value).toBe(30);
  });

  test.for<readonly [name: string, given: SettingValue, value: SettingValue]>([
    ["cache", 0, 0],
    ["cache", "0", 0],
    ["wait", 0, 0],
    ["clients", 20, 20],
    ["cost", 4, 4],
    ["flush", 2, 2],
    ["mode", "7", "7"],
  ])("%s: %j has no unit and needs none", ([name, given, value]) => {
    expect(override(name, given)).toEqual({ value, problems: [] });
  });

  test("of a stack that was brought up before may lack it, and is in the unit of the setting", () => {
    expect(override("cache", 512, false)).toEqual({ value: 512, problems: [] });
    expect(override("wait", 15, false)).toEqual({ value: 15, problems: [] });
  });
});
