/** The machine's own speed, measured for real. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { Calibrator, ddProbe } from "../../stack/bench/calibration.ts";
import { calibrationSchema } from "../../stack/bench/document.ts";

/** Runs on this host what a service would run in its container. */
async function exec(argv: readonly string[]) {
  const [command = "", ...rest] = argv;
  const { exitCode = 1, stdout, stderr } = await execa(command, rest, { reject: false });
  return { exitCode, stdout, stderr };
}

const signal = () => new AbortController().signal;

async function arithmeticMs(): Promise<number> {
  const calibrator = new Calibrator(signal(), undefined);
  await calibrator.start();
  for (let block = 0; block < 20; block += 1) await calibrator.sample();
  calibrator.close();
  return calibrator.result()?.cpuMs ?? 0;
}

describe("the calibration", () => {
  test("measures arithmetic, round trips, synced writes and the loop's ceiling, and leaves no file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "plumbline-calibration-"));
    const calibrator = new Calibrator(signal(), ddProbe(exec, folder));
    await calibrator.start();
    for (let block = 0; block < 5; block += 1) await calibrator.sample();
    await calibrator.writes();
    calibrator.close();
    const result = calibrator.result();
    expect(calibrationSchema.safeParse(result).success).toBe(true);
    expect(result?.notes).toEqual([]);
    expect(result?.syncWriteMs).toBeGreaterThan(0);
    expect(result?.loopbackRttMs).toBeGreaterThan(0);
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test("says why synced writes are missing, and gives the rest", async () => {
    const calibrator = new Calibrator(signal(), () => Promise.reject(new Error("no such container")));
    await calibrator.start();
    calibrator.close();
    expect(calibrator.result()?.syncWriteMs).toBeUndefined();
    expect(calibrator.result()?.notes.join()).toContain("no such container");
    expect(calibrator.result()?.cpuMs).toBeGreaterThan(0);
  });

  test("of the same machine, taken twice, is comparable with itself", async () => {
    const ratio = (await arithmeticMs()) / (await arithmeticMs());
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });
});
