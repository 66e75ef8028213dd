import { stackOf } from "../../stack/core/stack-names.ts";
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { threadUse, type CounterReader, type Counters } from "../../stack/core/machine/counters.ts";
import type { Engine } from "../../stack/core/machine/engine.ts";
import { inMib } from "../../stack/core/units.ts";
import { openSampler } from "../../stack/measure/samples/sampler.ts";
import { realHost } from "../../stack/host/host.ts";
import { openEngine } from "../../stack/docker/engine.ts";
import { engineAddresses } from "../../stack/docker/address.ts";
import { importTinyImage } from "../support/images/tiny-image.ts";
import { until } from "../support/live/until.ts";

/** Reads that are nearer to each other than the machine's clock can tell are one. */
const TWO_READS_MS = 30;
const PREFIX = `plumbline-test-counters-${process.pid}`;
const WAIT = { scenario: "alpha/wait", services: [PREFIX], isKept: true };
const [found] = await engineAddresses(realHost());
const tiny = found?.address.startsWith("unix://") ? importTinyImage(`${PREFIX}:tiny`) : { reason: "no local engine" };
if ("reason" in tiny) process.stderr.write(`counters.test.ts is skipped: ${tiny.reason}\n`);
const image = "image" in tiny ? tiny.image : "";

describe.skipIf("reason" in tiny)("the counters of a container with 0.2 cpus and 16 MiB", () => {
  let engine: Engine;
  let id = "";
  let reader: CounterReader;

  beforeAll(async () => {
    engine = await openEngine(found?.address ?? "");
  });
  beforeEach(async () => {
    const limits = ["--cpus", "0.2", "--memory", "16m", "--memory-swap", "16m"];
    const own = [
      `com.docker.compose.project=${PREFIX}`,
      `plumbline.stack=${stackOf(PREFIX)}`,
      "plumbline.instance=alpha-1",
    ];
    const labels = own.flatMap((label) => ["--label", label]);
    id = docker("run", "-d", "--name", PREFIX, ...limits, ...labels, image, "sleep", "600").trim();
    reader = await engine.counters(id);
  });
  afterEach(() => {
    reader.close();
    docker("rm", "-f", PREFIX);
  });
  afterAll(() => {
    docker("rmi", image);
  });

  const untilSo = async (what: string, isSo: (now: Counters) => boolean) => {
    await until(what, async () => isSo(await reader.read()));
  };

  test("show periods in which its cpu limit stopped it, and the cpu it used", async () => {
    const before = await reader.read();
    docker("exec", "-d", PREFIX, "sh", "-c", "while :; do :; done");
    await untilSo("throttled", ({ throttledPeriods }) => throttledPeriods >= before.throttledPeriods + 5);
    const now = await reader.read();
    expect(now.periods).toBeGreaterThanOrEqual(now.throttledPeriods);
    expect(now.cpuS).toBeGreaterThan(before.cpuS);
    expect(now.machine.cpuS).toBeGreaterThan(before.machine.cpuS);
    expect(now.atS).toBeGreaterThan(before.atS);
  });

  test("show the time held back, and threads that wait for a cpu they may not have", async () => {
    docker("exec", "-d", PREFIX, "sh", "-c", "while :; do :; done");
    docker("exec", "-d", PREFIX, "sh", "-c", "while :; do :; done");
    const before = await reader.read();
    await untilSo("held back for half a second", ({ throttledS }) => throttledS >= before.throttledS + 0.5);
    const now = await reader.read();
    const use = threadUse(before, now);
    expect(use?.waitedS).toBeGreaterThan(use?.ranS ?? 0);
    expect(use?.timeslices).toBeGreaterThan(0);
    expect((now.cpuS - before.cpuS) / (now.atS - before.atS)).toBeLessThan(0.3);
  });

  test("leave out what reading them costs", async () => {
    const before = await reader.read();
    for (let read = 0; read < 50; read += 1) await reader.read();
    const now = await reader.read();
    // Some 0.3 ms of the container's cpu each.
    expect(now.cpuS - before.cpuS).toBeLessThan(0.005);
    expect(threadUse(before, now)?.timeslices).toBe(0);
  });

  test("show what its memory limit costs, where a file of more than that is read again and again", async () => {
    const before = await reader.read();
    docker("exec", PREFIX, "sh", "-c", "head -c 60000000 /dev/zero > /file; cat /file /file > /dev/null");
    const now = await reader.read();
    expect(now.pagesReread).toBeGreaterThan(before.pagesReread + 1000);
    expect(now.oomKills).toBe(before.oomKills);
    expect(inMib(now.memory)).toBeLessThan(16);
  });

  test("show that the kernel ended a process that took more than its memory limit", async () => {
    // A shell variable of this size is memory that cannot be reclaimed. Its shell is the one to end, and not the reader's.
    spawnSync("docker", [
      "exec",
      PREFIX,
      "sh",
      "-c",
      'echo 1000 >/proc/self/oom_score_adj; x=$(head -c 60000000 /dev/zero | cat -v); echo "$x"',
    ]);
    await untilSo("ended", ({ oomKills }) => oomKills > 0);
  });

  test("are those of one machine for all containers, and of this computer where the engine is its own", async () => {
    const sampler = await openSampler(engine, await engine.containers(PREFIX), await engine.facts());
    const end = await (await sampler.block(WAIT)).begin();
    await sleep(TWO_READS_MS);
    const between = await end();
    await sampler.finish();
    sampler.close();
    const resources = sampler.result();
    expect(resources?.containers).toMatchObject([{ instance: "alpha-1", cpuLimit: 0.2, memoryLimitMib: 16 }]);
    expect(resources?.clientInside).toBe(true);
    expect(between?.clientInside).toBe(true);
    expect(resources?.blocks).toMatchObject([{ scenario: "alpha/wait" }]);
    expect(resources?.notes).toEqual([]);
  });

  test("leave no process behind, and reject once the container is gone", async () => {
    const processes = () => docker("top", PREFIX).trim().split("\n").length;
    await reader.read(); // until then its shell may not have been started
    const withReader = processes();
    (await engine.counters(id)).close();
    await until("the second reader's shell is gone", () => processes() === withReader);
    reader.close();
    await until("no reader's shell is left", () => processes() === withReader - 1);
    const orphan = await engine.counters(id);
    await orphan.read();
    docker("kill", PREFIX);
    await expect(orphan.read()).rejects.toMatchObject({ code: "SERVICE_EXITED" });
  });

  test("are a note and no failure where a container has no shell to ask", async () => {
    const [container] = await engine.containers(PREFIX);
    if (!container) throw new Error("no container");
    const gone = { ...container, id: "0".repeat(64), instance: "gone" };
    const sampler = await openSampler(engine, [container, gone], await engine.facts());
    const end = await (await sampler.block(WAIT)).begin();
    await sleep(TWO_READS_MS);
    expect(await end(), "of a service that was read in part").toBeUndefined();
    await sampler.finish();
    sampler.close();
    expect(sampler.result()?.containers.map(({ instance }) => instance)).toEqual(["alpha-1"]);
    expect(sampler.result()?.notes[0]).toContain("gone was not sampled");
  });
});

function docker(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("docker", args, { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`docker ${args.join(" ")}: ${stderr}`);
  return stdout;
}
