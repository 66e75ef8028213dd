import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wholeMilliseconds } from "../../../../stack/judge/lint/rules/whole-milliseconds.ts";
import type { LoadToolFormat } from "../../../../stack/core/service/load-tool-format.ts";
import { outputOf, sourceOf } from "../../../support/judge/lint.ts";

const stopwatch: LoadToolFormat = {
  name: "stopwatch",
  defaultClients: 1,
  flags: { clients: "-c", requests: "-n" },
  reads: {},
  readsRates: /^(.+): ([\d.,]+) per second/,
  prints: [],
  wholeMilliseconds: { defaultRequests: 20_000, because: "its clock has whole milliseconds" },
};
const printed = (requests: number, ms: number) =>
  Math.fround(Math.fround(requests) / Math.fround(ms / 1000)).toFixed(2);
const check = (rates: readonly string[], argv?: readonly string[]) => {
  const lines = rates.map((rate, index) => `DISH${index}: ${rate} per second`);
  const change = { tool: "stopwatch", ...(argv && { argv: [...argv] }) };
  return wholeMilliseconds(sourceOf({ toolOutputs: [outputOf(lines, change)] }, [stopwatch]));
};

describe("rates of a clock with whole milliseconds", () => {
  test("that lie between two of its durations are found, with the nearest that it can print", () => {
    const rates = [printed(20_000, 1234), printed(20_000, 987), "16100.00"];
    const [found, ...more] = check(rates);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ rule: "whole milliseconds", severity: "impossible", lines: [102] });
    expect(found?.says).toBe("DISH2: stopwatch cannot print 16100.00");
    expect(found?.arithmetic[1]).toContain("16,090.1 and 16,103.06");
  });

  test("count with the requests of the command line, and are only doubted where nothing confirms the default", () => {
    const rates = [printed(1000, 321), printed(1000, 77)];
    expect(check(rates, ["stopwatch", "-n", "1000"])).toEqual([]);
    expect(check(["3000.10", "3000.20"], ["stopwatch", "-n", "1000"])[0]).toMatchObject({ severity: "impossible" });
    expect(check(["16100.00", "16100.00"])[0]).toMatchObject({ severity: "suspicious" });
  });

  test("that are all whole tenths of a second were not taken by a clock", () => {
    const round = [1200, 900, 1500, 2300, 700].map((ms) => printed(20_000, ms));
    expect(check(round)[0]).toMatchObject({ severity: "suspicious" });
    expect(check(round)[0]?.says).toBe("5 durations are all whole tenths of a second; by chance, once in 10^10");
    expect(check([...round, printed(20_000, 1234)])).toEqual([]);
  });

  test("that the tool computes in single precision are never found impossible", () => {
    const duration = fc.integer({ min: 10, max: 100_000 });
    fc.assert(
      fc.property(
        fc.array(duration, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(1000, 20_000, 100_000),
        (all, requests) => {
          const found = check(
            all.map((ms) => printed(requests, ms)),
            ["stopwatch", "-n", String(requests)],
          );
          expect(found.filter(({ severity }) => severity === "impossible")).toEqual([]);
        },
      ),
    );
  });
});
