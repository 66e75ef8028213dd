import { describe, expect, test } from "vitest";
import { durations, insideOf, probeTimeMs, rates } from "../../../stack/measure/calibration/inside.ts";

describe("what the probes print", () => {
  test("is read from dd of coreutils and of busybox alike", () => {
    expect(
      durations(
        "1+0 records in\n8192 bytes (8.2 kB, 8.0 KiB) copied, 0.00731428 s, 1.1 MB/s\n" +
          "8192 bytes (8.0KB) copied, 0.001234 seconds, 6.3MB/s\n8192 bytes copied, 8.2745e-05 s, 99.0 MB/s",
      ),
    ).toEqual([0.00731428, 0.001234, 8.2745e-5]);
    expect(durations("100+0 records in\n100+0 records out")).toEqual([]);
  });

  test("is a rate a slice, summed over the cpus that worked on it", () => {
    expect(rates("slice 0 6000 6\nslice 1 4000 8\n")).toEqual([100_000, 50_000]);
    expect(rates("slice 0 6000 6\nslice 0 3000 6\nslice 1 1000 10\nslice 1 1000 10\n")).toEqual([150_000, 20_000]);
    expect(rates("slice 0 6000 0\nsh: not found\nslice 1 0 6")).toEqual([]);
  });
});

describe("the time for the probes", () => {
  test.each([
    [30, false, 2400],
    [300, false, 7000],
    [5, false, 0],
    [30, true, 7000],
  ])("of a run of %d s (thorough: %s) is %d ms", (budgetS, thorough, expected) => {
    expect(probeTimeMs(budgetS, thorough)).toBe(expected);
  });
});

describe("the probes", () => {
  test("note each figure whose tool is missing with the last words of the command, and keep the others", async () => {
    const inside = insideOf({
      instance: "store",
      cpus: 2,
      directory: "/data",
      exec: (argv) => {
        const script = argv[4] ?? "";
        return Promise.resolve(
          script.includes("bs=1 ")
            ? { exitCode: 1, stdout: "first\n", stderr: "sh: dd: not found\n" }
            : { exitCode: 0, stdout: "slice 0 100 10\nslice 1 100 10\n", stderr: "" },
        );
      },
    });
    const { samples, notes } = await inside.probe(7000);
    expect(samples.has("syscallUs")).toBe(false);
    expect(samples.get("insideRttMs")).toEqual([1, 1]);
    expect(notes).toEqual([expect.stringMatching(/^system call was not measured: sh: dd: not found \(it tells /)]);
    await expect(inside.syncWrites()).rejects.toThrow("tells no time");
  });
});
