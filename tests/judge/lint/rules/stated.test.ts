import { describe, expect, test } from "vitest";
import { inUnit, parseStated, fourDigits, statedNumber } from "../../../../stack/judge/lint/rules/stated.ts";

describe("a printed number", () => {
  test.each([
    ["4.2ms", 4.15, 4.25, "ms"],
    ["1,200 rows/sec", 1199.5, 1200.5, ""],
    ["<5%", 0, 5, "%"],
    ["1-2%", 0.5, 2.5, "%"],
    ["245.2 seconds", 245.15, 245.25, "seconds"],
    ["~3x", 1.9, 4.1, ""],
    ["+2ms", 1.5, 2.5, "ms"],
    ["280 MB", 279.5, 280.5, "MB"],
  ])("%s is what its last digit leaves open", (text, low, high, unit) => {
    const stated = parseStated(text);
    expect(stated?.low).toBeCloseTo(low);
    expect(stated?.high).toBeCloseTo(high);
    expect(stated?.unit).toBe(unit);
  });

  test("is none where there are only words", () => {
    expect(parseStated("N/A")).toBeUndefined();
    expect(parseStated("")).toBeUndefined();
    expect(parseStated("Compiled binary")).toBeUndefined();
  });

  test("leaves open whether a GB has 1000 or 1024 MB, and refuses units that have no factor", () => {
    const stated = inUnit(statedNumber(2, "GB"), "MB");
    expect(stated?.low).toBeCloseTo(1500);
    expect(stated?.high).toBeCloseTo(2.5 * 1024);
    expect(inUnit(statedNumber(2, "GB"), "ms")).toBeUndefined();
    expect(inUnit(statedNumber(2, "s"), "ms")?.high).toBe(2500);
  });

  test("is shown with four digits, or whole with thousands apart", () => {
    expect([fourDigits(18_182.58), fourDigits(0.028_04), fourDigits(5)]).toEqual(["18,182.58", "0.02804", "5"]);
  });
});
