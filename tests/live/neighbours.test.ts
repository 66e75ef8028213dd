import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../stack/core/machine/engine.ts";
import { engineAddresses } from "../../stack/docker/address.ts";
import { openEngine } from "../../stack/docker/engine.ts";
import { realHost } from "../../stack/host/host.ts";
import { computerProcesses } from "../../stack/host/processes.ts";
import { watchNeighbours } from "../../stack/measure/samples/neighbours.ts";
import { importTinyImage } from "../support/images/tiny-image.ts";
import { sampled } from "../support/judge/resources.ts";
import { runOf } from "../support/judge/runs.ts";
import { until } from "../support/live/until.ts";

const PREFIX = `plumbline-test-neighbours-${process.pid}`;
const WATCHED_MS = 3_000;
/** Commands end by themselves, whatever happens to this test. */
const BUSY_S = 20;
/** The readings lie at the ends of what is watched, not exactly on them. */
const TOLERANCE_CORES = 0.25;
const BUSY = "while :; do :; done";
const [found] = await engineAddresses(realHost());
const tiny = found?.address.startsWith("unix://") ? importTinyImage(`${PREFIX}:tiny`) : { reason: "no local engine" };
if ("reason" in tiny) process.stderr.write(`neighbours.test.ts is skipped: ${tiny.reason}\n`);
const image = "image" in tiny ? tiny.image : "";

describe.skipIf("reason" in tiny)("beside a busy container, a busy process and a busy container of its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "neighbours-"));
  const program = join(folder, "busy-neighbour");
  const [own, other] = [`${PREFIX}-own`, `${PREFIX}-other`];
  let engine: Engine;

  beforeAll(async () => {
    engine = await openEngine(found?.address ?? "");
    for (const name of [own, other]) {
      docker("run", "-d", "--rm", "--name", name, "--cpus", "0.4", image, "sleep", String(BUSY_S * 3));
    }
    for (const name of [own, other]) docker("exec", "-d", name, "sh", "-c", BUSY);
    // Started by a process that ends: a child of this process would not be a neighbour.
    copyFileSync(realpathSync(pathOf("sh")), program);
    spawn("sh", ["-c", `timeout ${BUSY_S} '${program}' -c '${BUSY}' secret-argument & exit 0`], { stdio: "ignore" });
    await until("the process is busy", async () => ((await cpuOfProcess()) ?? 0) > 0.1);
  });
  afterAll(() => {
    spawnSync("docker", ["rm", "-f", own, other]);
    spawnSync("docker", ["rmi", image]);
    rmSync(folder, { recursive: true, force: true });
  });

  const cpuOfContainer = async () => (await engine.cpuTimes([])).find(({ name }) => name === other)?.cpuS;

  test("a run names the first two, each once with its cores, and nothing of the stack", async () => {
    const ids = docker("inspect", "--format", "{{.Id}}", own).trim();
    const [processS, containerS] = [await cpuOfProcess(), await cpuOfContainer()];
    const startedAt = performance.now();
    const neighbours = await watchNeighbours({ engine, own: [ids], host: realHost(), pid: process.pid });
    await sleep(WATCHED_MS);
    const { resources } = await neighbours.of(runOf([], { resources: sampled("store/write", {}) }));
    const seconds = (performance.now() - startedAt) / 1000;
    const coresOf = (name: string) => resources?.neighbours?.filter((each) => each.name === name);
    const names = resources?.neighbours?.map(({ name }) => name) ?? [];
    expect(coresOf("busy-neighbour")).toHaveLength(1);
    expect(coresOf(`container ${other}`)).toHaveLength(1);
    expect(names.filter((name) => name.includes(own) || name.includes("secret") || name === "sh")).toEqual([]);
    const used = ((await cpuOfProcess()) ?? 0) - (processS ?? 0);
    expect(Math.abs((coresOf("busy-neighbour")?.[0]?.cores ?? 0) - used / seconds)).toBeLessThan(TOLERANCE_CORES);
    const usedInside = ((await cpuOfContainer()) ?? 0) - (containerS ?? 0);
    expect(Math.abs((coresOf(`container ${other}`)?.[0]?.cores ?? 0) - usedInside / seconds)).toBeLessThan(
      TOLERANCE_CORES,
    );
    expect(resources?.notes).toEqual([]);
  });
});

async function cpuOfProcess(): Promise<number | undefined> {
  return (await computerProcesses(realHost())).find(({ command }) => command === "busy-neighbour")?.cpuS;
}

function pathOf(program: string): string {
  return spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).stdout.trim();
}

function docker(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("docker", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`docker ${args.join(" ")}: ${stderr}`);
  return stdout;
}
