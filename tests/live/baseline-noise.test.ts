/** A baseline that is recorded again, added to, recorded beside a busy computer, and cleaned of what was disturbed. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { BASELINES_FOLDER } from "../../stack/measure/measure.ts";
import { loadBaselines } from "../../stack/records/files.ts";
import { errorDocument } from "../../stack/report/documents/documents.ts";
import { baselineDocument } from "../../stack/report/documents/measurement.ts";
import { startCli } from "../support/live/cli.ts";
import { REDIS_ONLY } from "../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../support/live/stack.ts";

/** Of one run: two scenarios take a fifth of it on a quiet computer. */
const RUN_S = "15";
/** Loops end by themselves, whatever happens to this test. */
const BUSY_S = 100;
/** More than other programs of the same computer use together. */
const LOOPS_PER_CPU = 2;
const slow = { timeout: 110_000 };

await describeStack("a baseline on a computer that others use", () => {
  let stack: Stack;
  let profile = "";
  const loops: ChildProcess[] = [];

  const cli = (...args: readonly string[]) =>
    startCli("baseline", [...args, "--stack", stack.name, "--profile", profile]).ended;
  const result = async (...args: readonly string[]) => {
    const { stdout, stderr } = await cli(...args, "--json");
    const document = z.union([baselineDocument, errorDocument]).parse(JSON.parse(stdout));
    if (document.ok) return document.result;
    throw new Error(`${args.join(" ")}: ${JSON.stringify(document.error)}\n${stderr}`);
  };
  const record = async (...args: readonly string[]) => {
    const recorded = await result("record", "--runs", "1", "--duration", RUN_S, ...args);
    if (recorded.action !== "record") throw new Error("another action");
    return recorded;
  };
  /** `timeout` passes SIGTERM on to its loop; SIGKILL would end `timeout` alone. */
  const endLoops = () => {
    for (const loop of loops.splice(0)) loop.kill();
  };
  const forgetBaseline = async () => {
    for (const baseline of await loadBaselines(BASELINES_FOLDER)) {
      if (baseline.kind !== "recorded" || baseline.profile !== basename(profile, ".yaml")) continue;
      const path = join(BASELINES_FOLDER, `${baseline.name}.json`);
      await Promise.all([rm(path), rm(`${path}.previous`, { force: true })]);
    }
  };

  beforeAll(async () => {
    stack = await makeStack(REDIS_ONLY);
    profile = join(dirname(stack.profile), `noisy-${process.pid}.yaml`);
    await writeFile(profile, REDIS_ONLY);
    await stack.up(["--profile", profile]);
  });
  afterAll(async () => {
    endLoops();
    await forgetBaseline();
    await stack.close();
  });

  test("recorded again, it must be replaced, with a copy; with --add it must keep its runs", slow, async () => {
    const first = await record("--anyway");
    expect(first).toMatchObject({ runs: 1 });
    expect(existsSync(`${first.path}.previous`)).toBe(false);
    const second = await record("--anyway");
    expect(second).toMatchObject({ runs: 1, path: first.path });
    expect(second.notes[0]).toBe("the 1 runs that were there are replaced; --add keeps them");
    expect(existsSync(`${first.path}.previous`)).toBe(true);
    expect(await record("--anyway", "--add")).toMatchObject({ runs: 2 });
  });

  test(
    "beside busy loops it must wait, give up in time and say who it was; recorded anyway, be marked",
    slow,
    async () => {
      for (let loop = 0; loop < LOOPS_PER_CPU * cpus().length; loop += 1) {
        loops.push(spawn("timeout", [String(BUSY_S), "sh", "-c", "while :; do :; done"]));
      }
      const { exitCode, stdout } = await cli("record", "--wait", "2", "--json");
      const { error } = errorDocument.parse(JSON.parse(stdout));
      expect([exitCode, error.code]).toEqual([1, "BASELINE_NOISY"]);
      expect(error.why).toMatch(/^others use \d\.\d of \d+ cpus: .*\bsh \d\.\d/);
      expect(error.fix).toContain("--anyway");
      const marked = await record("--anyway", "--add");
      endLoops();
      expect(marked.runs).toBe(3);
      expect(marked.disturbed.at(-1)?.run).toBe(3);
      expect(marked.disturbed.at(-1)?.why).toContain("others");
    },
  );

  test("it must name the disturbed run and what each scenario can show, and give the run up", slow, async () => {
    const shown = await result("show");
    if (shown.action !== "show") throw new Error("another action");
    expect(shown.quality?.disturbed.map(({ run }) => run)).toContain(3);
    expect(shown.quality?.widths.length).toBeGreaterThan(0);
    expect((await cli("show")).stdout).toMatch(/run 3 of 3 is disturbed/);
    expect(await result("drop", "3")).toMatchObject({ action: "drop", runs: 2, dropped: [{ run: 3 }] });
    const listed = await result("list");
    if (listed.action !== "list") throw new Error("another action");
    const mine = listed.baselines.find((baseline) => baseline.profile === basename(profile, ".yaml"));
    expect(mine).toMatchObject({ runs: 2 });
    expect(mine?.noise).toMatch(/low|moderate|high/);
  });
});
