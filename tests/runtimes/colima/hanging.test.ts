import { describe, expect, test } from "vitest";
import { CREATE, DEV, PROFILE, QA, containing, scene } from "../../support/colima/scene.ts";

const TIMEOUT_MS = 180_000;
/** Shorter than the two minutes that Colima's own stop is given, and longer than any fake takes on a busy machine. */
const SOON_MS = 90_000;
const deadlines = { answerMs: 2_000, glanceMs: 2_000 };

/** A machine whose guest hangs, with its engine. With `processes`, commands that ask the guest really take their time. */
async function hanging(processes = false) {
  const found = await scene({ processes, deadlines });
  await found.again().apply(CREATE, () => {}, new AbortController().signal);
  found.fake.inject({ kind: "unresponsive", profile: PROFILE });
  found.engine.silent = true;
  return found;
}

describe("a guest that hangs", { timeout: TIMEOUT_MS }, () => {
  test("is seen as broken within seconds, for a reason that names it", async () => {
    const { runtime, engine } = await hanging();
    await engine.stop();
    expect(await runtime.observe()).toMatchObject({ state: "broken", reason: containing("its guest does not answer") });
    await engine.listen();
  });

  test("is repaired: Lima stops it by force, and the next start keeps its disk", async () => {
    const { apply, engine, fake, notes, again } = await hanging(true);
    const startedAt = performance.now();
    engine.silent = false; // it is in the guest, which is started anew
    await apply({ kind: "repair-machine", wish: DEV });
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
    expect(notes.join("\n")).toContain("stopping it by force");
    expect(fake.state(PROFILE).vm).toMatchObject({ power: "Running", responds: true });
    expect(await again().observe()).toMatchObject({ state: "running", configured: DEV });
  });

  test("is resized", async () => {
    const { apply, engine, fake } = await hanging();
    engine.silent = false;
    await apply({ kind: "resize-machine", from: DEV, wish: QA });
    expect(fake.state(PROFILE).vm).toMatchObject({ cpus: 4, responds: true });
  });

  test("is stopped, and deleted with its disk", async () => {
    const { runtime, fake } = await hanging();
    await runtime.teardown({ remove: false });
    expect(fake.state(PROFILE).vm).toMatchObject({ power: "Stopped" });
    await runtime.teardown({ remove: true });
    expect(fake.state(PROFILE)).toMatchObject({ vm: undefined, diskBytes: undefined });
  });

  test("does not keep Colima's version from being read, nor Colima from being found", async () => {
    const { runtime, fake } = await hanging();
    await fake.run(["start", "default", "--activate=false", "--ssh-config=false"]);
    fake.inject({ kind: "unresponsive", profile: "default" });
    expect(await runtime.detect()).toEqual({ ok: true, detail: "colima 0.10.3" });
  });
});

test(
  "a guest that gets no address in time is stopped by force and started once more",
  { timeout: TIMEOUT_MS },
  async () => {
    const { apply, notes, again } = await scene({ deadlines, faults: [{ kind: "lease-timeout" }] });
    await apply(CREATE);
    expect(notes.join("\n")).toContain("did not become ready in time");
    expect(await again().observe()).toMatchObject({ state: "running", configured: DEV });
  },
);

test("a start that hangs leaves nothing that the next start would wait for", { timeout: TIMEOUT_MS }, async () => {
  const faults = [{ kind: "hang" }] as const;
  const { apply, fake } = await scene({ deadlines: { ...deadlines, createMs: 2_000 }, faults });
  await expect(apply(CREATE)).rejects.toMatchObject({ code: "MACHINE_FAILED" });
  await apply(CREATE);
  expect(fake.state(PROFILE).vm).toMatchObject({ power: "Running", runtime: "docker" });
});
