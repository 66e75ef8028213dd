import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gib, mib } from "../../../stack/core/units.ts";
import type { Host } from "../../../stack/host/host.ts";
import { colimaRuntime } from "../../../stack/runtimes/colima/runtime.ts";
import type { FakeColima } from "../../support/fake-colima/fake.ts";
import { colimaHost } from "../../support/colima/host.ts";
import { CREATE, DEV, PROFILE, QA, containing, scene } from "../../support/colima/scene.ts";

describe("a machine is created, resized and kept", () => {
  test("a created machine has the cpus, memory and disk that were asked for, inside", async () => {
    const { runtime, apply, fake } = await scene();
    expect(await runtime.observe()).toEqual({ state: "absent" });
    await apply(CREATE);
    const state = await runtime.observe();
    expect(state).toMatchObject({ state: "running", configured: DEV, facts: { cpus: 2 } });
    expect(state).toMatchObject({ facts: { vmType: "qemu", mountType: "sshfs" } });
    expect(fake.state(PROFILE).vm).toMatchObject({ cpus: 2, memoryBytes: gib(4), power: "Running" });
    expect(fake.state(PROFILE).diskBytes).toBe(gib(20));
  });

  test("the memory that is budgeted is the memory inside, below the nominal one", async () => {
    const { runtime, apply } = await scene();
    await apply(CREATE);
    const { memory } = await (await runtime.engine()).facts();
    expect(memory).toBeLessThan(gib(4));
    expect(memory).toBeGreaterThan(gib(3.7));
  });

  test("a resize changes cpus and memory inside and keeps the data disk", async () => {
    const { apply, fake, again } = await scene();
    await apply(CREATE);
    await apply({ kind: "resize-machine", from: DEV, wish: QA });
    expect(fake.state(PROFILE).vm).toMatchObject({ cpus: 4, memoryBytes: gib(8) });
    expect(fake.state(PROFILE).diskBytes).toBe(gib(40));
    expect(await again().observe()).toMatchObject({ state: "running", configured: QA });
  });

  test("going back to a smaller profile keeps the bigger disk, says so, and leaves no false number behind", async () => {
    const { apply, fake, again } = await scene();
    await apply({ kind: "create-machine", wish: QA });
    const state = await again().observe();
    expect(again().limits(DEV, state)).toEqual(["the disk stays at 40 GiB: it cannot shrink"]);
    await apply({ kind: "resize-machine", from: QA, wish: DEV });
    expect(fake.state(PROFILE).vm).toMatchObject({ cpus: 2, memoryBytes: gib(4) });
    expect(fake.state(PROFILE).diskBytes).toBe(gib(40));
    expect(fake.state(PROFILE).state?.disk).toBe(40);
    expect(await again().observe()).toMatchObject({ configured: { ...DEV, disk: gib(40) } });
  });

  test("a stopped machine is started with what is asked for now", async () => {
    const { runtime, apply, fake, again } = await scene();
    await apply(CREATE);
    await runtime.teardown({ remove: false });
    expect(await again().observe()).toEqual({ state: "stopped", configured: DEV });
    await apply({ kind: "start-machine", wish: QA });
    expect(fake.state(PROFILE).vm).toMatchObject({ power: "Running", cpus: 4 });
  });

  test("removing a machine removes its data disk as well", async () => {
    const { runtime, apply, fake } = await scene();
    await apply(CREATE);
    await runtime.teardown({ remove: true });
    expect(fake.state(PROFILE).diskBytes).toBeUndefined();
    await runtime.teardown({ remove: true });
    expect(await runtime.observe()).toEqual({ state: "absent" });
  });

  test("two stacks have two machines", async () => {
    const { fake, apply } = await scene();
    const other = colimaRuntime({ stack: "default", host: colimaHost(fake), folders: [] });
    await apply(CREATE);
    await other.apply({ kind: "create-machine", wish: QA }, () => {}, new AbortController().signal);
    expect(fake.state(PROFILE).vm?.cpus).toBe(2);
    expect(fake.state("plumbline").vm?.cpus).toBe(4);
  });

  test("a stack named like the default stack's machine has its own, and the default's data survive its end", async () => {
    const { fake } = await scene();
    const machineOf = (stack: string) => colimaRuntime({ stack, host: colimaHost(fake), folders: [] });
    const signal = new AbortController().signal;
    for (const stack of ["default", "plumbline"])
      await machineOf(stack).apply({ kind: "create-machine", wish: DEV }, () => {}, signal);
    await machineOf("plumbline").teardown({ remove: true });
    expect(fake.state("plumbline").diskBytes).toBe(DEV.disk);
    expect(await machineOf("default").observe()).toMatchObject({ state: "running" });
    expect(await machineOf("plumbline").observe()).toEqual({ state: "absent" });
  });

  test("commands of the machine's root run inside it", async () => {
    const { runtime, apply } = await scene();
    await apply(CREATE);
    const shell = runtime.machineShell ?? expect.fail("no shell");
    expect(shell.isRoot).toBe(true);
    expect(await shell.run(["nproc"])).toMatchObject({ ok: true, stdout: "2\n" });
    expect(await shell.run(["iptables", "-S"])).toMatchObject({ ok: false });
  });

  test("no Docker context of the user is switched", async () => {
    const { fake, apply } = await scene();
    await apply(CREATE);
    expect(fake.state(PROFILE).hasContext).toBe(true);
    expect(fake.state(PROFILE).currentContext).not.toBe(`colima-${PROFILE}`);
  });

  test.each([
    ["0.6", gib(4)],
    ["0.8", mib(3584)],
    ["0.9", mib(3584)],
    ["0.10", mib(3584)],
  ] as const)("version %s of Colima is driven with the flags that it knows", async (version, memory) => {
    const { apply, fake } = await scene({ version });
    await apply({ kind: "create-machine", wish: { ...DEV, memory: mib(3584) } }).catch((error: unknown) => {
      // Before 0.8.1 memory comes in whole gibibytes: more than was asked for, which the look inside reports.
      expect(error).toMatchObject({ code: "NOT_CONVERGED" });
      expect(version).toBe("0.6");
    });
    expect(fake.state(PROFILE).vm?.memoryBytes).toBe(memory);
  });

  test("on a Mac with macOS 13 a new machine uses the system's hypervisor, and an existing one keeps its own", async () => {
    const { fake, again } = await scene({ platform: "darwin" });
    const runtime = again(mac(fake));
    await runtime.apply(CREATE, () => {}, new AbortController().signal);
    expect(fake.state(PROFILE).state).toMatchObject({ vmType: "vz", mountType: "virtiofs" });
    await runtime.apply({ kind: "resize-machine", from: DEV, wish: QA }, () => {}, new AbortController().signal);
    expect(fake.state(PROFILE).state).toMatchObject({ vmType: "vz", mountType: "virtiofs", cpu: 4 });
  });
});

describe("what Colima says is not believed", () => {
  test("a machine that comes up with other cpus and memory is NOT_CONVERGED: what was asked, what is, how to mend it", async () => {
    const { apply, fake } = await scene();
    await apply(CREATE);
    fake.inject({ kind: "lies" });
    await expect(apply({ kind: "resize-machine", from: DEV, wish: QA })).rejects.toMatchObject({
      code: "NOT_CONVERGED",
      exitCode: 4,
      why: "cpus: asked 4, is 2; memory: asked 8 GiB, is 3.9 GiB",
      fix: containing(`colima stop --force ${PROFILE}`),
    });
    await apply({ kind: "resize-machine", from: DEV, wish: QA });
  });

  test("a disk that did not grow is NOT_CONVERGED, and the next run grows it", async () => {
    const { apply, fake } = await scene();
    await apply(CREATE);
    fake.inject({ kind: "resize-refused" });
    await expect(apply({ kind: "resize-machine", from: DEV, wish: QA })).rejects.toMatchObject({
      code: "NOT_CONVERGED",
      why: "disk: asked 40 GiB, is disk 20 GiB, file system 19.6 GiB",
    });
    expect(fake.state(PROFILE).state?.disk).toBe(40); // Colima's record is false now
    await apply({ kind: "resize-machine", from: DEV, wish: QA });
    expect(fake.state(PROFILE).diskBytes).toBe(gib(40));
  });

  test("a data disk that outlived its machine is grown to what is asked for, although Colima would reuse it as it is", async () => {
    const { apply, fake } = await scene();
    await apply(CREATE);
    await fake.run(["stop", PROFILE]);
    await fake.run(["delete", "--force", PROFILE]);
    expect(fake.state(PROFILE).diskBytes).toBe(gib(20));
    await apply({ kind: "create-machine", wish: QA });
    expect(fake.state(PROFILE).diskBytes).toBe(gib(40));
  });

  test("a machine shrunk by hand on record only is seen with its real disk", async () => {
    const { apply, fake, again } = await scene();
    await apply({ kind: "create-machine", wish: QA });
    await fake.run(["stop", PROFILE]);
    await fake.run(["start", PROFILE, "--disk", "8"]);
    expect(await again().observe()).toMatchObject({ configured: { disk: gib(40) } });
  });

  test("an empty disk that a failed creation left is removed, so that the next one has the right size", async () => {
    const { apply, fake, again } = await scene({ faults: [{ kind: "image-download" }] });
    await expect(apply(CREATE)).rejects.toMatchObject({
      code: "MACHINE_FAILED",
      why: containing("DNS lookup failed"),
      fix: containing("network"),
    });
    expect(fake.state(PROFILE).diskBytes).toBe(gib(20));
    expect(await again().observe()).toEqual({ state: "absent", remains: { disk: gib(20), hasData: false } });
    await apply({ kind: "create-machine", wish: QA });
    expect(fake.state(PROFILE).diskBytes).toBe(gib(40));
  });
});

describe("what cannot change is refused before anything is done", () => {
  test.each([
    ["--runtime", "containerd", "the container runtime is containerd"],
    ["--mount-type", "9p", "the kind of mount is sshfs"],
  ])("%s %s", async (flag, value, reason) => {
    const { apply, fake } = await scene();
    if (flag === "--runtime") {
      await fake.run(["start", PROFILE, flag, value]);
    } else {
      await apply(CREATE);
      await editDesired(fake, "mountType: sshfs", "mountType: 9p");
    }
    const before = fake.state(PROFILE);
    await expect(apply({ kind: "resize-machine", from: DEV, wish: QA })).rejects.toMatchObject({
      code: "MACHINE_IMMUTABLE",
      exitCode: 2,
      why: containing(reason),
    });
    expect(fake.state(PROFILE)).toEqual(before);
  });
});

async function editDesired(fake: FakeColima, from: string, to: string): Promise<void> {
  const host = colimaHost(fake);
  const path = join(fake.home, PROFILE, "colima.yaml");
  await host.write(path, ((await host.read(path)) ?? "").replace(from, to));
}

/** macOS 14. */
function mac(fake: FakeColima): Partial<Host> {
  return {
    platform: "darwin",
    run: (argv, options) =>
      argv[0] === "sw_vers"
        ? Promise.resolve({ ended: "exited", ok: true, exitCode: 0, stdout: "14.5\n", stderr: "" })
        : colimaHost(fake).run(argv, options),
  };
}
