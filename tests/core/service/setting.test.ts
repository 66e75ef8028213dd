import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SettingValue } from "../../../stack/core/machine/facts.ts";
import { formatSetting, isEffective, type Setting, type Tolerance } from "../../../stack/core/service/setting.ts";
import { KIB, mib } from "../../../stack/core/units.ts";

const setting = (value: SettingValue, tolerance?: Tolerance): Setting => ({
  name: "cache",
  value,
  unit: typeof value === "number" ? "bytes" : "text",
  takes: "live",
  because: { formula: "", inputs: {}, source: "" },
  ...(tolerance ? { tolerance } : {}),
});

const pages: Tolerance = { kind: "granularity", step: 8 * KIB, reason: "pages" };
const roughly: Tolerance = { kind: "relative", fraction: 0.05, reason: "measured" };
const spelling: Tolerance = { kind: "spelling", reason: "its own way" };
const modes: Tolerance = { kind: "set", separator: ",", reason: "sorted" };
const letters: Tolerance = { kind: "set", separator: "", reason: "sorted" };
const switches: Tolerance = { kind: "part", reason: "all of them" };
const classes: Tolerance = { kind: "part", words: 4, reason: "all of them" };

describe("a value that was read back", () => {
  test.for<readonly [what: string, setting: Setting, read: SettingValue, equal: boolean]>([
    ["the same number", setting(100), 100, true],
    ["another number without a tolerance", setting(100), 101, false],
    ["the same text", setting("on"), "on", true],
    ["the same text in other letters", setting("on"), "ON", false],
    ["a number as text", setting(100), "100", false],
    ["less than one step away", setting(mib(1), pages), mib(1) - 8 * KIB + 1, true],
    ["one step away", setting(mib(1), pages), mib(1) + 8 * KIB, false],
    ["within the fraction", setting(1000, roughly), 950, true],
    ["another spelling of a text", setting("ISO, DMY", spelling), "iso,dmy", true],
    ["another text", setting("ISO, DMY", spelling), "ISO, MDY", false],
    ["a number for the text of it", setting("1", spelling), 1, true],
    ["the same parts in another order", setting("A,B", modes), "B,A", true],
    ["a part too much", setting("A", modes), "B,A", false],
    ["no part", setting("", modes), "", true],
    ["the same letters in another order", setting("KEA", letters), "AKE", true],
    ["a letter of the other case", setting("Kx", letters), "KX", false],
    ["all switches of which one was given", setting("mrr=off", switches), "a=on,mrr=off", true],
    ["another value of the switch", setting("mrr=off", switches), "a=on,mrr=on", false],
    [
      "all classes of which one was given",
      setting("slave 1 2 3", classes),
      "normal 0 0 0 slave 1 2 3 pubsub 4 5 6",
      true,
    ],
    ["another limit of the class", setting("slave 1 2 3", classes), "normal 0 0 0 slave 1 2 33 pubsub 4 5 6", false],
    ["outside of the fraction", setting(1000, roughly), 949, false],
    ["a text where a tolerance is for numbers", setting("on", roughly), "off", false],
    ["true for on", setting("on"), true, false],
  ])("%s", ([, wanted, value, equal]) => {
    expect(isEffective(wanted, { value })).toBe(equal);
  });

  test("rounded to steps in either direction must count as equal", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 20 }), (value, step) => {
        const wanted = setting(value, { kind: "granularity", step, reason: "" });
        expect(isEffective(wanted, { value: Math.floor(value / step) * step })).toBe(true);
        expect(isEffective(wanted, { value: Math.ceil(value / step) * step })).toBe(true);
      }),
    );
  });
});

test.for([
  [mib(204), "bytes", "204 MiB"],
  [1500, "ms", "1.5 s"],
  [0.2, "s", "200 ms"],
  [5, "s", "5 s"],
  [33, "count", "33"],
  [1.1, "ratio", "1.1"],
  ["on", "text", "on"],
  [true, "text", "true"],
] as const)("%s in %s must be shown as %s", ([value, unit, text]) => {
  expect(formatSetting(value, unit)).toBe(text);
});
