import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Runtime } from "../../stack/core/machine/runtime.ts";
import type { MachineAction, MachineState, MachineWish } from "../../stack/core/machine/machine.ts";
import { gib } from "../../stack/core/units.ts";
import { desiredOf, profileOf } from "../support/core/stack.ts";

export interface Subject {
  readonly runtime: Runtime;
  readonly remove: () => Promise<void>;
}

export const WISH: MachineWish = { cpus: 2, memory: gib(4), disk: gib(20) };

/** What every runtime promises, whatever drives its machine. `make` answers one whose engine can be had. */
export function runtimeContract(name: string, make: () => Promise<Subject>): void {
  describe(`runtime ${name}`, () => {
    let subject: Subject;
    let runtime: Runtime;
    beforeEach(async () => {
      subject = await make();
      ({ runtime } = subject);
    });
    afterEach(() => subject.remove());

    /** A machine that Plumbline makes has to be made first. */
    async function up(): Promise<Extract<MachineState, { state: "running" }>> {
      if (runtime.features.machine) await apply({ kind: "create-machine", wish: WISH });
      const state = await runtime.observe();
      if (state.state !== "running") throw new Error(`the machine is ${JSON.stringify(state)}`);
      return state;
    }

    function apply(action: MachineAction): Promise<void> {
      return runtime.apply(action, () => {}, new AbortController().signal);
    }

    test("is found where it can be used, and says what was found", async () => {
      const detected = await runtime.detect();
      expect(detected.ok ? detected.detail : detected.why).toMatch(/docker\.sock|colima \d/);
      expect(detected.ok).toBe(true);
    });

    test("observes a running machine with cpus, memory and an engine version", async () => {
      const { facts } = await up();
      expect(facts.cpus).toBeGreaterThanOrEqual(1);
      expect(facts.memory).toBeGreaterThan(0);
      expect(facts.engineVersion).toMatch(/^\d+\./);
      expect([1, 2]).toContain(facts.cgroupVersion);
    });

    test("observing changes nothing: a second look sees the same", async () => {
      const { diskFree: _first, ...first } = (await up()).facts;
      const again = await runtime.observe();
      expect(again).toMatchObject({ state: "running", facts: first });
    });

    test("the engine's facts are those of the observed machine", async () => {
      const { diskFree: _observed, ...observed } = (await up()).facts;
      const { diskFree: _answered, ...answered } = await (await runtime.engine()).facts();
      expect(answered).toEqual(observed);
    });

    test("the engine has nothing of a stack that was never made", async () => {
      await up();
      const engine = await runtime.engine();
      expect(engine.address).toMatch(/^unix:\/\//);
      expect(await engine.containers("plumbline-no-such-stack")).toEqual([]);
      expect(await engine.volumes("plumbline-no-such-stack")).toEqual([]);
    });

    test("renders every instance with its labels, and the same text for the same stack", () => {
      const desired = desiredOf(profileOf({ services: { store: { nodes: 2 } } }));
      const files = runtime.deploy.render(desired);
      const text = [...files.values()].join("\n");
      for (const { name, identity } of desired.services.flatMap(({ instances }) => instances)) {
        expect(text).toContain(`plumbline.instance: ${name}`);
        expect(text).toContain(identity);
      }
      expect(text).not.toContain("secret-password");
      expect(runtime.deploy.render(desired)).toEqual(files);
    });

    test("says whether what it deploys with is installed, and the same to doctor", async () => {
      await up();
      const { status, remedy } = await runtime.deploy.diagnose();
      expect(status === "ok").toBe(await runtime.deploy.isInstalled());
      expect(remedy === undefined).toBe(status === "ok");
    });

    test("removes a container that is gone already without a word, and refuses to limit it", async () => {
      await up();
      const gone = { id: "0".repeat(64), instance: "gone" };
      await expect(runtime.deploy.remove(gone)).resolves.toBeUndefined();
      await expect(runtime.deploy.limits(gone, { memory: gib(1), cpus: 1 })).rejects.toMatchObject({
        code: "SERVICE_EXITED",
      });
    });

    test("knows where a port is before anything is started", () => {
      const { host, port } = runtime.endpoint("store-1", 15_432);
      expect(host).not.toBe("");
      expect(port).toBeGreaterThan(0);
    });

    test("has no objection to the machine that it has", async () => {
      const state = await up();
      expect(runtime.limits(state.configured ?? { ...state.facts, disk: gib(1) }, state)).toEqual([]);
    });

    test("either carries out changes of the machine, or refuses them as MACHINE_IMMUTABLE", async () => {
      await up();
      const bigger: MachineWish = { cpus: 4, memory: gib(6), disk: gib(30) };
      const resized = apply({ kind: "resize-machine", from: WISH, wish: bigger });
      if (!runtime.features.machine) {
        await expect(resized).rejects.toMatchObject({ code: "MACHINE_IMMUTABLE" });
        return;
      }
      await resized;
      expect(await runtime.observe()).toMatchObject({ state: "running", configured: bigger, facts: { cpus: 4 } });
    });

    test("a teardown stops only a machine of its own", async () => {
      await up();
      await runtime.teardown({ remove: false });
      const { state } = await runtime.observe();
      expect(state).toBe(runtime.features.machine ? "stopped" : "running");
      if (!runtime.features.machine) return;
      await expect(runtime.engine()).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
      await runtime.teardown({ remove: true });
      expect(await runtime.observe()).toEqual({ state: "absent" });
    });
  });
}
