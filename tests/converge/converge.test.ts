import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PlumblineError } from "../../stack/core/errors.ts";
import { converge } from "../../stack/converge/converge.ts";
import type { MisfitInput } from "../../stack/core/service/data-version.ts";
import type { LiveService } from "../../stack/core/service/service.ts";
import { gib } from "../../stack/core/units.ts";
import { desiredOf, profileOf } from "../support/core/stack.ts";
import { engineOf, executorWorld, withClients } from "../support/fakes/executor.ts";
import { World } from "../support/fakes/world.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(`${tmpdir()}/plumbline-converge-`);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A stack on real files and a world in memory. `change` makes other clients of its services. */
function stackOf(world: World, change: (live: LiveService) => LiveService = (live) => live, makesVolumes = false) {
  const desired = desiredOf(profileOf({ services: { store: {}, pool: {} }, portOffset: 23_000 }));
  const told = withClients(world, desired);
  const services = told.services.map((service) => {
    const live = async () => change(await service.definition.live());
    return { ...service, definition: { ...service.definition, live, ...(makesVolumes && { makesVolumes }) } };
  });
  const engine = { ...engineOf(world), effectiveLimits: async (id: string) => limitsOf(world, id) };
  const input = {
    world: executorWorld(world, desired, { engine, root }),
    desired: { ...told, services },
    report: () => {},
    signal: new AbortController().signal,
    beforeStart: async () => undefined,
  };
  return { desired, engine, input, up: () => converge(input) };
}

function limitsOf(world: World, id: string) {
  const container = world.containers.get(id);
  if (!container) throw new Error(`no such container: ${id}`);
  return { memory: container.memoryLimit, cpus: container.cpuLimit };
}

/** Brought up once, and with nothing noted yet. */
async function running(change?: (live: LiveService) => LiveService) {
  const world = new World();
  const stack = stackOf(world, change);
  await stack.up();
  world.events.length = 0;
  return { world, ...stack };
}

describe("a stack that is brought up", () => {
  test("from nothing must be proved, and the second run must do nothing", async () => {
    const world = new World();
    const { up } = stackOf(world);
    const first = await up();
    expect(first.done.map(({ kind }) => kind)).toContain("create-container");
    expect(first.proof).toMatchObject({ containers: 2 });
    const second = await up();
    expect([second.plan.actions, second.done, second.traces]).toEqual([[], [], []]);
  });

  test("with nothing to do must ask each server and each service once", async () => {
    const { world, up } = await running();
    await up();
    expect(world.events.map(({ what }) => what).toSorted()).toEqual([
      "connect pool",
      "connect store-1",
      "use pool",
      "use store",
    ]);
  });

  test("with data in memory that would not fit a new container must be refused, and left as it is", async () => {
    const { world, input } = await running((live) => ({
      ...live,
      connect: async (target) => ({ ...(await live.connect(target)), held: async () => gib(3) }),
    }));
    const misfit = { what: "It does not fit", why: "it is full", fix: "Empty it" };
    const services = input.desired.services.map((service) => ({
      ...service,
      definition: {
        ...service.definition,
        data: {
          decides: 1,
          move: "",
          misfit: ({ held }: MisfitInput) => (held > gib(2) ? misfit : undefined),
        } as const,
      },
    }));
    const up = () => converge({ ...input, desired: { ...input.desired, services } });
    expect((await up()).done).toEqual([]);
    world.change("store-1", { image: "old:0" });
    await expect(up()).rejects.toMatchObject({ code: "NOT_CONVERGED", what: misfit.what, why: "store-1: it is full" });
    expect(world.find("store-1")).toMatchObject({ image: "old:0", state: "running" });
  });

  test("and then lost one-time steps must get them back, with what was missing as the reason", async () => {
    const { world, up } = await running();
    world.missing.set("store", ["the role app"]);
    const { plan, traces } = await up();
    expect(plan.actions).toContainEqual(
      expect.objectContaining({ kind: "prepare", service: "store", cause: "not done yet: the role app" }),
    );
    expect(traces.find(({ service }) => service === "store")?.prepared).toEqual(["made the role app"]);
    expect((await up()).plan.actions).toEqual([]);
  });

  test("and then lost some in a service that cannot say so must be left alone as long as that works", async () => {
    const { world, up } = await running((live) => ({
      connect: (target) => live.connect(target),
      prepare: (targets, input) => live.prepare(targets, input),
      lacks: async () => [],
      ready: async () => undefined,
    }));
    world.missing.set("store", ["the role app"]);
    expect((await up()).plan.actions).toEqual([]);
  });

  test("and then is no longer answered by a server must be waited for", async () => {
    const { world, up } = await running();
    world.mute.add("store-1");
    setTimeout(() => world.mute.delete("store-1"), 150);
    const { plan, observation } = await up();
    expect(plan.actions.map(({ kind }) => kind)).toContain("await-instance");
    expect([...observation.unready]).toEqual([]);
  });

  test("while a server does not answer must wait for it, and then compare what it says, in the same run", async () => {
    const { world, up } = await running();
    world.report("store-1", "threads", { value: 7 });
    world.mute.add("store-1");
    setTimeout(() => world.mute.delete("store-1"), 150);
    const { plan, interruptions } = await up();
    const kinds = plan.actions.map(({ kind }) => kind);
    expect(kinds.indexOf("restart-container")).toBeGreaterThan(kinds.indexOf("await-instance"));
    expect(interruptions).toMatchObject([{ instance: "store-1" }]);
    expect((await up()).plan.actions).toEqual([]);
  });

  test("must be refused where a service still does not work at the end, with its reason", async () => {
    const { world, up } = await running();
    world.missing.set("store", ["the role app"]);
    let used = 0;
    world.intercept = (event) => {
      if (event !== "use pool") return;
      used += 1;
      if (used > 2) throw new Error("it is tired");
    };
    await expect(up()).rejects.toMatchObject({ code: "NOT_CONVERGED", why: "pool does not work: it is tired" });
  });
});

const failing = (code: "VOLUME_INCOMPLETE" | "SERVICE_EXITED" | "LOGIN_REFUSED") =>
  new PlumblineError(code, { what: "it cannot", why: "a test", fix: "none", details: { instance: "store-1" } });

describe("a volume on which no server has ever answered", () => {
  const VOLUME = "plumbline-store-1-data";
  /** A run that was killed before its first answer: the mark is there, and the container has ended. */
  async function killed() {
    const world = new World();
    const stack = stackOf(world, undefined, true);
    await stack.up();
    stack.engine.world.unfinished.add(VOLUME);
    world.change("store-1", { state: "exited" });
    world.events.length = 0;
    return { world, ...stack };
  }

  test("must be kept where its server starts: it may hold what others have put there since", async () => {
    const { up, engine } = await killed();
    const { plan } = await up();
    expect(plan.actions.map(({ kind }) => kind)).not.toContain("renew-volumes");
    expect(engine.world.volumes).toContain(VOLUME);
    expect(engine.world.unfinished.has(VOLUME)).toBe(false);
  });

  test("must be made anew where a server says that its files are incomplete, in the same run", async () => {
    const { world, up } = await killed();
    const removes = () => world.events.some(({ what }) => what.startsWith("remove"));
    world.intercept = (event) => {
      const isStarted = world.events.some(({ what }) => what === "up store-1");
      if (event === "connect store-1" && isStarted && !removes()) throw failing("VOLUME_INCOMPLETE");
    };
    const { plan, done } = await up();
    expect(plan.actions.map(({ kind }) => kind)).toContain("renew-volumes");
    expect(done.map(({ kind }) => kind)).toContain("renew-volumes");
  });

  test.each(["SERVICE_EXITED", "LOGIN_REFUSED"] as const)(
    "must be kept at %s, which data may have too",
    async (code) => {
      const { world, up, engine } = await killed();
      world.intercept = (event) => {
        if (event === "connect store-1" && world.events.some(({ what }) => what === "up store-1")) throw failing(code);
      };
      await expect(up()).rejects.toMatchObject({ code });
      expect(engine.world.volumes).toContain(VOLUME);
    },
  );

  test("must be kept where its server had answered before and its files are incomplete now", async () => {
    const { world, up, engine } = await killed();
    engine.world.unfinished.clear();
    world.intercept = (event) => {
      if (event === "connect store-1" && world.events.some(({ what }) => what === "up store-1")) {
        throw failing("VOLUME_INCOMPLETE");
      }
    };
    await expect(up()).rejects.toMatchObject({ code: "VOLUME_INCOMPLETE" });
    expect(engine.world.volumes).toContain(VOLUME);
  });
});
