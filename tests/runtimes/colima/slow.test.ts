/** A machine that is slow, or half alive, must not be stopped like one that hangs: containers may be running in it. */
import { describe, expect, test } from "vitest";
import { ensureMachine } from "../../../stack/commands/request/ensure-machine.ts";
import { CREATE, DEV, PROFILE, containing, scene, type Options } from "../../support/colima/scene.ts";
import { profileOf } from "../../support/core/stack.ts";

const TIMEOUT_MS = 60_000;
/** A look is too short for the guest of these tests, and a command is not. */
const deadlines = { lookMs: 1_500, glanceMs: 1_500, answerMs: 1_500 };
const SLOW_MS = 3_000;

async function machine(options: Options = {}) {
  const found = await scene({ ...options, deadlines: { ...deadlines, ...options.deadlines } });
  await found.apply(CREATE);
  return found;
}

/** Does what `up` does for the machine, where nobody agrees to anything. */
async function ensured({ runtime }: Awaited<ReturnType<typeof machine>>, agree = false) {
  const questions: string[] = [];
  const confirm = async (question: string) => {
    questions.push(question);
    return agree;
  };
  const controls = { report: () => {}, signal: new AbortController().signal };
  const work = ensureMachine(runtime, profileOf({ machine: DEV }), confirm, controls);
  const outcome = await work.catch((error: unknown) => error);
  return { outcome, questions };
}

const refuse = () => Promise.reject(new Error("nobody is asked"));

describe("a guest that is slow to answer", { timeout: TIMEOUT_MS }, () => {
  test("is looked at again with a longer deadline, and runs", async () => {
    const found = await machine();
    found.fake.inject({ kind: "slow-guest", profile: PROFILE, delayMs: SLOW_MS });
    expect(await found.runtime.observe()).toMatchObject({ state: "running", configured: DEV });
    expect(await ensured(found)).toMatchObject({ outcome: { plan: { actions: [] } }, questions: [] });
  });

  test("and whose engine comes a while after the boot is waited for before anything is stopped", async () => {
    const found = await machine();
    await found.engine.stop();
    expect(await found.runtime.observe()).toMatchObject({ state: "broken", answers: true });
    setTimeout(() => void found.engine.listen(), SLOW_MS);
    expect(await ensured(found)).toMatchObject({ outcome: { plan: { actions: [] } }, questions: [] });
  });
});

describe("a machine of which a part answers", { timeout: TIMEOUT_MS }, () => {
  test("is not stopped without a yes where its engine answers and its guest does not", async () => {
    const found = await machine({ deadlines: { askMs: 3_000 } });
    found.fake.inject({ kind: "unresponsive", profile: PROFILE });
    const { outcome, questions } = await ensured(found);
    expect(outcome).toMatchObject({ code: "NEEDS_CONFIRMATION", fix: containing("docker ps") });
    expect(questions).toEqual([containing("Something in it still answers")]);
    expect(found.fake.state(PROFILE).vm).toMatchObject({ power: "Running", responds: false });
  });

  test("is not stopped without a yes where its guest answers and its engine does not", async () => {
    const found = await machine({ deadlines: { askMs: 3_000 } });
    await found.engine.stop();
    expect((await ensured(found)).outcome).toMatchObject({ code: "NEEDS_CONFIRMATION" });
    expect(found.notes.join("\n")).not.toContain("stopping");
    await found.engine.listen();
  });

  test("is not stopped without a yes where its host agent is gone and its engine answers", async () => {
    const found = await machine();
    found.fake.inject({ kind: "broken", profile: PROFILE });
    expect((await ensured(found)).outcome).toMatchObject({ code: "NEEDS_CONFIRMATION" });
    expect(found.fake.state(PROFILE).vm?.power).toBe("Broken");
    expect((await ensured(found, true)).questions).toHaveLength(1);
    expect(found.fake.state(PROFILE).vm?.power).toBe("Running");
  });

  test("is repaired without a question once nothing of it answers", async () => {
    const found = await machine({ deadlines: { askMs: 3_000 } });
    found.fake.inject({ kind: "unresponsive", profile: PROFILE });
    await found.engine.stop();
    const repaired = ensured(found);
    await expect.poll(() => found.fake.state(PROFILE).vm?.responds, { timeout: 30_000 }).toBe(true); // started anew
    await found.engine.listen();
    expect((await repaired).questions).toEqual([]);
    expect(found.fake.state(PROFILE).vm).toMatchObject({ power: "Running", responds: true });
  });

  test("is restarted without a question for a folder that it does not mount", async () => {
    const { again, apply, fake } = await scene();
    await apply(CREATE);
    const runtime = again({}, ["/srv/project"]);
    expect(await runtime.observe()).not.toHaveProperty("answers");
    const controls = { report: () => {}, signal: new AbortController().signal };
    await ensureMachine(runtime, profileOf({ machine: DEV }), refuse, controls);
    expect(fake.state(PROFILE).state?.mounts).toHaveLength(2);
  });
});
