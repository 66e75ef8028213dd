/** The real executor at work on a world in memory: an engine and clients that hold no state of their own. */
import type { Desired, DesiredService } from "../../../stack/core/desire/desire.ts";
import type { Step } from "../../../stack/core/plan/action.ts";
import { planStack } from "../../../stack/core/plan/plan.ts";
import type { Progress } from "../../../stack/core/progress.ts";
import type { LiveService, Target } from "../../../stack/core/service/service.ts";
import { bytes } from "../../../stack/core/units.ts";
import { applyPlan, type Applied } from "../../../stack/converge/execute.ts";
import { withDeadline } from "../../../stack/host/deadline.ts";
import { stackFolder } from "../../../stack/records/folder.ts";
import { composeFiles } from "../../../stack/render/compose.ts";
import { renderStack } from "../../../stack/render/stack.ts";
import { fakeEngine, type FakeEngine } from "./engine.ts";
import { fakeRuntime } from "./runtime.ts";
import { fakeStore } from "../core/stack.ts";
import type { World } from "./world.ts";

/** No call of these tests takes as long. */
const DEPLOY_MS = 10_000;

export interface Controls {
  readonly signal?: AbortSignal;
  readonly done?: (step: Step) => void;
  readonly report?: (event: Progress) => void;
  /** Instead of the plan from what the world shows. */
  readonly steps?: readonly Step[];
}

/** What the executor works on: files below `root`, and everything else in memory. */
export function executorWorld(
  world: World,
  desired: Desired,
  { engine, root }: { readonly engine: FakeEngine; readonly root: string },
) {
  return {
    engine,
    runtime: runtimeOf(world, desired, engine),
    folder: stackFolder("test", root),
    credentials: fakeStore("secret"),
    files: renderStack(desired, composeFiles),
  };
}

/** Plans from what the world shows and carries the plan out. */
export async function carryOut(world: World, desired: Desired, controls: Controls = {}): Promise<Applied> {
  const { signal = new AbortController().signal, done = () => {}, report = () => {} } = controls;
  const observed = world.observe(desired);
  const engine = engineOf(world);
  return applyPlan({
    world: executorWorld(world, desired, { engine, root: "/nonexistent" }),
    desired: withClients(world, desired),
    steps: controls.steps ?? planStack(desired, observed).actions,
    containers: observed.containers,
    report,
    signal,
    done,
    write: async (path, content, keepCopy) => {
      if (typeof content !== "string") throw new Error(`this world keeps texts only, and ${path} is none`);
      await world.event(`write ${path}`);
      world.write(desired, path, content, keepCopy);
    },
  });
}

/** The same stack, with clients that ask the world. */
export function withClients(world: World, desired: Desired): Desired {
  const services = desired.services.map((service) => {
    const live = async () => clientsOf(service, world, desired);
    return { ...service, definition: { ...service.definition, live } };
  });
  return { ...desired, services };
}

export function engineOf(world: World): FakeEngine {
  return {
    ...fakeEngine(),
    containers: async () => {
      await world.look();
      return [...world.containers.values()];
    },
    logs: async (id) => [`the last words of ${world.containers.get(id)?.instance ?? id}`],
    memoryUse: async (id) => {
      const instance = world.containers.get(id)?.instance ?? "";
      const cache = world.effective.get(instance)?.get("cache")?.value;
      return bytes(typeof cache === "number" ? cache : 0);
    },
    updateLimits: async (id, share) => {
      await world.event(`limit ${world.containers.get(id)?.instance}`);
      world.limit(id, share);
    },
    restart: async (id) => {
      const { instance = id } = world.containers.get(id) ?? {};
      await world.event(`restart ${instance}`);
      world.restart(instance);
    },
    remove: async (id) => {
      await world.event(`remove ${world.containers.get(id)?.instance}`);
      world.containers.delete(id);
    },
  };
}

/** Makes the containers of the world, and changes them as its engine does. */
export function runtimeOf(world: World, desired: Desired, engine = engineOf(world)) {
  const make = async (verb: "up" | "unpause", instances: readonly string[], signal: AbortSignal, anew = false) => {
    const what = `${verb} ${anew ? "anew " : ""}${instances.join(" ")}`;
    await withDeadline(world.event(what), DEPLOY_MS, what, signal);
    for (const instance of instances) {
      if (signal.aborted) throw new Error("ended by a signal");
      if (verb === "unpause") world.change(instance, { state: "running" });
      else world.up(desired, instance, anew);
    }
  };
  return fakeRuntime(engine, {
    start: (_stack, instances, { signal }) => make("up", instances, signal),
    replace: (_stack, instances, { signal }) => make("up", instances, signal, true),
    unpause: (_stack, instance, { signal }) => make("unpause", [instance], signal),
  });
}

function clientsOf(service: DesiredService, world: World, desired: Desired): LiveService {
  const { name } = service;
  return {
    connect: async ({ instance }: Target) => {
      await world.event(`connect ${instance}`);
      if (world.find(instance)?.state !== "running" || world.mute.has(instance)) throw new Error("connection refused");
      return {
        version: async () => "1",
        read: async () => world.effective.get(instance) ?? new Map(),
        apply: async (settings) => {
          await world.event(`tell ${instance}`);
          world.tell(desired, instance, settings);
        },
        unsaved: async () => world.unsaved.get(instance),
        save: async () => {
          await world.event(`save ${instance}`);
          world.unsaved.delete(instance);
        },
        close: async () => undefined,
      };
    },
    prepare: async () => {
      await world.event(`prepare ${name}`);
      const steps = world.missing.get(name) ?? [];
      world.missing.delete(name);
      return steps.map((step) => `made ${step}`);
    },
    lacks: async () => world.missing.get(name) ?? [],
    ready: async () => {
      await world.event(`use ${name}`);
      const fault = world.fault(service, desired);
      if (fault !== undefined) throw new Error(fault);
    },
    bench: () => {
      throw new Error("nothing is measured here");
    },
    drain: async () => {
      await world.event(`drain ${name}`);
      if (world.drained.has(name)) throw new Error(`${name} is drained already`);
      world.drained.add(name);
      return {
        release: async () => {
          await world.event(`release ${name}`);
          world.drained.delete(name);
        },
      };
    },
  };
}
