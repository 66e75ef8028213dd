import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MIB, mib } from "../../../stack/core/units.ts";
import { goEnvironment, readGo, tuneGo } from "../../../stack/services/kit/go-runtime.ts";
import { parseMetrics } from "../../../stack/services/kit/metrics/text.ts";

const PROGRAM = mib(16);

describe("the settings of Go's runtime", () => {
  test("must follow from the share, and be in the environment as Go reads them", () => {
    const settings = tuneGo({ share: { memory: mib(128), cpus: 1.5 } }, PROGRAM);
    expect(settings.map(({ name, value, takes }) => [name, value, takes])).toEqual([
      ["GOMEMLIMIT", 99 * MIB, "recreate"],
      ["GOMAXPROCS", 2, "recreate"],
    ]);
    expect(goEnvironment(settings)).toEqual({ GOMEMLIMIT: "99MiB", GOMAXPROCS: "2" });
  });

  test("must leave a tenth of every limit free, beside the program's own file", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 32, max: 64 * 1024 }),
        fc.double({ min: 0.05, max: 64, noNaN: true }),
        (size, cpus) => {
          const [memory, threads] = tuneGo({ share: { memory: mib(size), cpus } }, PROGRAM).map(({ value }) =>
            Number(value),
          );
          expect((memory ?? 0) + PROGRAM).toBeLessThanOrEqual(0.9 * mib(size));
          expect(memory).toBeGreaterThan(0);
          expect(threads).toBeGreaterThanOrEqual(1);
          expect(threads).toBeLessThan(cpus + 1);
        },
      ),
    );
  });

  test("must be refused where the program's file alone is too large", () => {
    expect(() => tuneGo({ share: { memory: mib(16), cpus: 1 } }, PROGRAM)).toThrow(
      "16 MiB hold no Go program of 16 MiB",
    );
  });

  test("must be read back from the program's own metrics, and what these do not show be absent", () => {
    const samples = parseMetrics("go_gc_gomemlimit_bytes 1.2582912e+07\ngo_goroutines 9");
    expect(readGo(samples, ["GOMEMLIMIT", "GOMAXPROCS", "GOGC"])).toEqual(
      new Map([["GOMEMLIMIT", { value: 12 * MIB }]]),
    );
  });
});
