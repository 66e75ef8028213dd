import { describe, expect, test } from "vitest";
import type { Action } from "../../../stack/core/plan/action.ts";
import type { MachineFacts } from "../../../stack/core/machine/facts.ts";
import type { Progress } from "../../../stack/core/progress.ts";
import type { Runtime } from "../../../stack/core/machine/runtime.ts";
import type { MachineAction, MachineState, MachineWish } from "../../../stack/core/machine/machine.ts";
import { bytes, gib } from "../../../stack/core/units.ts";
import { ensureMachine } from "../../../stack/commands/request/ensure-machine.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";
import { fakeDeployer } from "../../support/fakes/runtime.ts";
import { profileOf } from "../../support/core/stack.ts";

const WISH: MachineWish = { cpus: 4, memory: gib(8), disk: gib(60) };

const factsOf = ({ cpus, memory, disk }: MachineWish): MachineFacts => ({
  cpus,
  memory: bytes(memory * 0.97),
  disk: bytes(disk * 0.98),
  architecture: "aarch64",
  kernel: "6.8.0",
  operatingSystem: "Ubuntu 24.04",
  cgroupVersion: 2,
  storageDriver: "overlay2",
  engineVersion: "29.0.0",
});

const running = (size: MachineWish): MachineState => ({ state: "running", configured: size, facts: factsOf(size) });

/** A machine in memory; `gives` is what a wish becomes, where the computer has less. */
class FakeRuntime implements Runtime {
  readonly name = "fake";
  readonly features;
  readonly applied: string[] = [];
  state: MachineState;
  gives: (wish: MachineWish) => MachineWish = (wish) => wish;

  constructor(state: MachineState, machine = true) {
    this.state = state;
    this.features = { machine, mounts: true };
  }

  detect = () => Promise.resolve({ ok: true, detail: "fake" } as const);
  observe = () => Promise.resolve(this.state);
  limits = () => [];
  teardown = () => Promise.resolve();
  deploy = fakeDeployer(fakeEngine());
  endpoint = (_instance: string, port: number) => ({ host: "127.0.0.1", port });
  engine = () => Promise.resolve(fakeEngine({ facts: factsOf(WISH) }));
  apply = (action: MachineAction, note: (line: string) => void) => {
    note(`working on ${action.kind}`);
    this.applied.push(action.kind);
    this.state = running(this.gives(action.wish));
    return Promise.resolve();
  };
}

async function ensured(runtime: FakeRuntime, confirm = () => Promise.resolve(true)) {
  const events: Progress[] = [];
  const done: Action["kind"][] = [];
  const questions: string[] = [];
  const result = await ensureMachine(
    runtime,
    profileOf({ machine: WISH }),
    (question) => {
      questions.push(question);
      return confirm();
    },
    {
      report: (event) => events.push(event),
      signal: new AbortController().signal,
      done: ({ kind }) => done.push(kind),
    },
  );
  return { ...result, events, done, questions };
}

const small: MachineWish = { cpus: 2, memory: gib(4), disk: gib(60) };

describe("a machine that Plumbline makes", () => {
  test.for<readonly [state: MachineState, kind: string]>([
    [{ state: "absent" }, "create-machine"],
    [{ state: "stopped", configured: small }, "start-machine"],
    [{ state: "broken", reason: "its process is gone" }, "repair-machine"],
  ])("that is $0.state must be there after, without a question", async ([state, kind]) => {
    const runtime = new FakeRuntime(state);
    const { machine, done, questions } = await ensured(runtime);
    expect(runtime.applied).toEqual([kind]);
    expect(done).toEqual([kind]);
    expect(questions).toEqual([]);
    expect(machine).toEqual(factsOf(WISH));
  });

  test("that is as it should be must not be touched", async () => {
    const runtime = new FakeRuntime(running(WISH));
    const { machine, events } = await ensured(runtime);
    expect(runtime.applied).toEqual([]);
    expect(events).toEqual([]);
    expect(machine).toEqual(factsOf(WISH));
  });

  test("of another size must be resized after a yes: everything on it stops", async () => {
    const runtime = new FakeRuntime(running(small));
    const { machine, questions } = await ensured(runtime);
    expect(questions).toEqual([
      "resize machine from 2 cpus, 4 GiB, 60 GiB of disk to 4 cpus, 8 GiB, 60 GiB of disk (stops everything), " +
        "because it has 2 cpus inside, the profile wants 4, it has 3.9 GiB of memory inside, the profile wants 8 GiB. Go on?",
    ]);
    expect(machine.cpus).toBe(4);
  });

  test("must stay as it is after a no", async () => {
    const runtime = new FakeRuntime(running(small));
    await expect(ensured(runtime, () => Promise.resolve(false))).rejects.toMatchObject({
      code: "NEEDS_CONFIRMATION",
      exitCode: 5,
    });
    expect(runtime.applied).toEqual([]);
  });

  test("must be refused as NOT_CONVERGED where it is still not what was asked for", async () => {
    const runtime = new FakeRuntime({ state: "absent" });
    runtime.gives = (wish) => ({ ...wish, cpus: 2 });
    await expect(ensured(runtime)).rejects.toMatchObject({
      code: "NOT_CONVERGED",
      why: textMatching(/: it has 2 cpus inside, the profile wants 4$/),
    });
  });

  test("must be reported while it is made: the step, why, and its lines", async () => {
    const { events } = await ensured(new FakeRuntime({ state: "absent" }));
    expect(events).toEqual([
      {
        kind: "step-started",
        id: "machine",
        title: "create machine with 4 cpus, 8 GiB, 60 GiB of disk",
        because: "there is no machine yet",
      },
      { kind: "step-progress", id: "machine", detail: "working on create-machine" },
      { kind: "step-done", id: "machine" },
    ]);
  });
});

describe("a machine that is taken as it is", () => {
  test("must never be changed, and what it lacks is a note", async () => {
    const runtime = new FakeRuntime(running(small), false);
    const { machine, events, plan } = await ensured(runtime);
    expect(runtime.applied).toEqual([]);
    expect(plan.actions).toEqual([]);
    expect(machine.cpus).toBe(2);
    expect(events).toEqual([
      { kind: "note", text: "the engine's host has 2 cpus and the profile wants 4: sized for 2" },
      { kind: "note", text: "the engine's host has 3.9 GiB and the profile wants 8 GiB: sized for 3.9 GiB" },
    ]);
  });

  test("must be asked through its engine where it says nothing of itself", async () => {
    const { machine } = await ensured(new FakeRuntime({ state: "absent" }, false));
    expect(machine).toEqual(factsOf(WISH));
  });
});

/** Vitest's matcher has the type any. */
function textMatching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}
