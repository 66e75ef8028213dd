import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { gib } from "../../../stack/core/units.ts";
import type { FakeColima } from "../../support/fake-colima/fake.ts";
import { CREATE, DEV, PROFILE, QA, containing, scene } from "../../support/colima/scene.ts";

/** Ids of the processes that the fake has hanging. */
const hung = (fake: FakeColima) => readdir(join(fake.home, "..", "hung")).catch(() => []);

describe("half-made machines are put right", () => {
  test("a machine whose host agent is gone is broken, and its repair keeps its data", async () => {
    const { apply, fake, again } = await scene();
    await apply(CREATE);
    fake.inject({ kind: "broken", profile: PROFILE });
    expect(await again().observe()).toMatchObject({ state: "broken", reason: containing("host agent") });
    await apply({ kind: "repair-machine", wish: DEV });
    expect(await again().observe()).toMatchObject({ state: "running", configured: DEV });
  });

  test("a machine that was killed counts as stopped and is simply started", async () => {
    const { apply, fake, again } = await scene();
    await apply(CREATE);
    fake.inject({ kind: "killed", profile: PROFILE });
    expect(await again().observe()).toEqual({ state: "stopped", configured: DEV });
    await apply({ kind: "start-machine", wish: DEV });
    expect(await again().observe()).toMatchObject({ state: "running" });
  });

  test("a first start that was cut off before docker was set up is cured within the same command", async () => {
    const { apply, notes, again } = await scene({ faults: [{ kind: "docker-provisioning" }] });
    await apply(CREATE);
    expect(notes.join("\n")).toContain("cut off before docker was set up");
    expect(await again().observe()).toMatchObject({ state: "running", configured: DEV });
  });

  test("the same half-state, left by somebody else, is seen as broken and repaired", async () => {
    const { apply, fake, again } = await scene();
    fake.inject({ kind: "docker-provisioning" });
    await fake.run(["start", PROFILE, "--cpu", "2", "--memory", "4", "--disk", "20"]);
    expect(await again().observe()).toMatchObject({ state: "broken", reason: containing("docker") });
    await apply({ kind: "start-machine", wish: DEV });
    expect(await again().observe()).toMatchObject({ state: "running", configured: DEV });
  });

  test("a socket that appears only after a while is waited for", async () => {
    const { apply, again } = await scene({ faults: [{ kind: "slow-socket", delayMs: 700 }] });
    await apply(CREATE);
    expect(await again().observe()).toMatchObject({ state: "running" });
  });

  test("a machine that does not mount the project's folder is broken, and its repair mounts it", async () => {
    const { apply, fake, again } = await scene();
    await apply(CREATE);
    expect(await again({}, ["/srv/project"]).observe()).toMatchObject({
      state: "broken",
      reason: containing("/srv/project"),
    });
    const runtime = again({}, ["/srv/project"]);
    await runtime.apply({ kind: "repair-machine", wish: DEV }, () => {}, new AbortController().signal);
    expect(await runtime.observe()).toMatchObject({ state: "running" });
    const locations = fake.state(PROFILE).state?.mounts?.map(({ location }) => location);
    expect(locations).toEqual([fake.env["HOME"], "/srv/project"]);
  });
});

describe("nothing waits for ever", () => {
  test("a start that hangs is ended with everything that it started, and the next run succeeds", async () => {
    const deadlines = { createMs: 4_000 };
    const { apply, fake, again } = await scene({ processes: true, deadlines, faults: [{ kind: "hang" }] });
    await expect(apply(CREATE)).rejects.toMatchObject({
      code: "MACHINE_FAILED",
      why: containing("did not end within 4 s"),
    });
    for (const pid of await hung(fake)) {
      await expect.poll(() => isAlive(Number(pid)), { message: `process ${pid} of the hung start` }).toBe(false);
    }
    const next = again();
    await next.apply(CREATE, () => {}, new AbortController().signal);
    expect(await next.observe()).toMatchObject({ state: "running", configured: DEV });
  }, 60_000);

  test("an interruption ends the start at once as INTERRUPTED, and the next run continues", async () => {
    const { apply, fake, again } = await scene({ processes: true, faults: [{ kind: "hang" }] });
    const interruption = new AbortController();
    const started = expect(apply(CREATE, interruption.signal)).rejects.toMatchObject({
      code: "INTERRUPTED",
      exitCode: 130,
    });
    while ((await hung(fake)).length === 0) await sleep(50);
    interruption.abort();
    await started;
    const next = again();
    await next.apply({ kind: "repair-machine", wish: DEV }, () => {}, new AbortController().signal);
    expect(await next.observe()).toMatchObject({ state: "running", configured: DEV });
  }, 60_000);

  test("an engine that never answers is MACHINE_FAILED after its limit", async () => {
    const { apply, engine } = await scene({ deadlines: { engineMs: 300 } });
    await engine.stop();
    await expect(apply(CREATE)).rejects.toMatchObject({ code: "MACHINE_FAILED" });
    await engine.listen();
  });
});

describe("detection", () => {
  test("root is refused before anything is done, as Lima does", async () => {
    const { runtime } = await scene({ faults: [{ kind: "root-user" }] });
    expect(await runtime.detect()).toEqual({
      ok: false,
      why: "Lima refuses to run as root",
      fix: "Run Plumbline as an ordinary user.",
    });
  });

  test.each(["colima", "lima", "limactl", "docker"])("without %s it says what to install", async (program) => {
    const { again } = await scene();
    const which = (command: string) => Promise.resolve(command === program ? undefined : `/usr/bin/${command}`);
    const onMac = await again({ which, platform: "darwin" }).detect();
    expect(onMac).toMatchObject({ ok: false, why: `${program} is not installed`, fix: containing("brew install") });
    const onLinux = await again({ which }).detect();
    expect(onLinux).toMatchObject({ ok: false, why: `${program} is not installed`, fix: containing("PATH") });
    expect(onLinux).not.toMatchObject({ fix: containing("brew") });
  });

  test("a lima that Colima itself misses is told in Colima's words", async () => {
    const { runtime } = await scene({ faults: [{ kind: "missing", program: "lima" }] });
    expect(await runtime.detect()).toMatchObject({
      ok: false,
      why: "`colima list` fails: Error: dependency check failed for VM: lima not found, run 'brew install lima' to install",
    });
  });

  test("a computer smaller than the wish is named before it is tried", async () => {
    const { again } = await scene();
    const runtime = again({ cpus: 2, memory: gib(4) });
    expect(runtime.limits(QA, { state: "absent" })).toEqual([
      "this computer has 2 cpus, fewer than 4",
      "this computer has 4 GiB of memory, less than 8 GiB",
    ]);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
