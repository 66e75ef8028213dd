import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bytes,
  formatBytes,
  formatDurationMs,
  gib,
  inGib,
  inMib,
  KIB,
  mib,
  parseBytes,
  parseDurationMs,
  parsePercent,
  roundDown,
  spellBytes,
  sum,
} from "../../stack/core/units.ts";

describe("sizes", () => {
  test.for([
    ["1024", 1024],
    ["0", 0],
    ["512 MiB", 512 * 1024 ** 2],
    ["512MB", 512 * 1024 ** 2],
    ["512m", 512 * 1024 ** 2],
    ["8g", 8 * 1024 ** 3],
    ["1.5 GiB", 1.5 * 1024 ** 3],
    ["1 TiB", 1024 ** 4],
    ["0.5TB", 512 * 1024 ** 3],
    [" 4 kB ", 4096],
    ["10 b", 10],
    ["0.3 KiB", 307],
  ] as const)("%j must be read as %i bytes: every multiple is binary", ([text, size]) => {
    expect(parseBytes(text)).toBe(size);
  });

  test.for(["", "MiB", "-1", "1 PiB", "1 000", "1e3", "0x10", "1,5 GiB", "one", "1 MiB 2 KiB", "NaN"])(
    "%j must not be read as a size",
    (text) => {
      expect(parseBytes(text)).toBeUndefined();
    },
  );

  test.for([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [mib(512), "512 MiB"],
    [mib(819.2), "819.2 MiB"],
    [gib(1.5), "1.5 GiB"],
    [gib(256), "256 GiB"],
  ] as const)("%i bytes must be written as %s", ([size, text]) => {
    expect(formatBytes(bytes(size))).toBe(text);
  });

  test.for([
    [0, "0 B"],
    [1000, "1000 B"],
    [1536, "1536 B"],
    [mib(512), "512 MiB"],
    [mib(1536), "1536 MiB"],
    [gib(4), "4 GiB"],
  ] as const)("%i bytes must be spelled whole as %s, and read back the same", ([size, text]) => {
    expect(spellBytes(bytes(size))).toBe(text);
    expect(parseBytes(text)).toBe(size);
  });

  test("what is written must be read back within the decimal that was written", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 42 }), (size) => {
        const again = parseBytes(formatBytes(bytes(size))) ?? -1;
        expect(Math.abs(again - size)).toBeLessThanOrEqual(Math.max(1, size * 0.051));
      }),
    );
  });

  test("must be whole numbers of bytes, rounded down", () => {
    expect([bytes(1.9), mib(1.5), gib(0.5)]).toEqual([1, 1_572_864, 536_870_912]);
    expect([inMib(mib(3)), inGib(gib(3))]).toEqual([3, 3]);
    expect(sum([mib(1), mib(2)])).toBe(mib(3));
    expect(sum([])).toBe(0);
  });

  test("rounding down must give a multiple that is at most one step below", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 30 }), (size, step) => {
        const rounded = roundDown(bytes(size), bytes(step));
        expect(rounded % step).toBe(0);
        expect(size - rounded).toBeGreaterThanOrEqual(0);
        expect(size - rounded).toBeLessThan(step);
      }),
    );
    expect(roundDown(bytes(10_000), bytes(8 * KIB))).toBe(8192);
  });
});

describe("durations", () => {
  test.for([
    [0.95, "950 µs"],
    [12.34, "12.3 ms"],
    [999, "999 ms"],
    [4200, "4.2 s"],
    [119_000, "119 s"],
    [200_000, "3 min 20 s"],
    [239_900, "4 min"],
    [7_140_000, "119 min"],
    [7_200_000, "2 h"],
    [7_500_000, "2 h 5 min"],
    [86_400_000, "24 h"],
  ] as const)("%d ms must be written as %s", ([durationMs, text]) => {
    expect(formatDurationMs(durationMs)).toBe(text);
  });

  test.for([
    ["30 s", 30_000],
    ["500ms", 500],
    ["2 min", 120_000],
    ["0.5 s", 500],
    ["30", undefined],
    ["30 h", undefined],
    ["-1 s", undefined],
    ["", undefined],
  ] as const)("%j must be read as %s ms", ([text, durationMs]) => {
    expect(parseDurationMs(text)).toBe(durationMs);
  });
});

test.for([
  ["10%", 0.1],
  ["12.5 %", 0.125],
  ["10", undefined],
  ["%", undefined],
  ["-5%", undefined],
] as const)("%j must be read as the fraction %s", ([text, fraction]) => {
  expect(parsePercent(text)).toBe(fraction);
});
