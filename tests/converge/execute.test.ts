import { describe, expect, test } from "vitest";
import { PlumblineError } from "../../stack/core/errors.ts";
import type { Step } from "../../stack/core/plan/action.ts";
import { profileOf } from "../support/core/stack.ts";
import { everything, failure, pooled, restarts, scene, three } from "../support/fakes/executor-scene.ts";
import type { Controls } from "../support/fakes/executor.ts";

describe("a plan", () => {
  test("of which an instance is missing and another restarts must create before it restarts, one at a time", async () => {
    const { run, plan, events } = scene(three, (world) => {
      restarts("store-1", "store-3")(world);
      world.containers.delete(world.find("store-2")?.id ?? "");
    });
    const { interruptions } = await run();
    expect(events().filter((what) => /^(up|use|restart)/.test(what))).toEqual([
      "up store-2",
      "use store",
      "restart store-1",
      "use store",
      "restart store-3",
      "use store",
    ]);
    expect(interruptions).toMatchObject([{ instance: "store-1", held: [] }, { instance: "store-3" }]);
    expect(plan()).toEqual([]);
  });

  test("that is empty must ask nobody anything", async () => {
    const { run, events } = scene(pooled);
    await run();
    expect(events()).toEqual([]);
  });

  test("must create all containers in one call of Compose, and replace others in a second one", async () => {
    const before = profileOf({ services: { store: { nodes: 2 } } });
    const { run, events } = scene(
      profileOf({ services: { store: { nodes: 4 }, pool: {} } }),
      (world) => world.change("store-1", { image: "old:0" }),
      before,
    );
    await run();
    expect(events().filter((what) => what.startsWith("up"))).toEqual(["up anew store-1", "up store-3 store-4 pool"]);
  });

  test("with a paused container must let it run, and then replace it", async () => {
    const { run, events, plan } = scene(profileOf(), (world) => world.change("store-1", { state: "paused" }));
    const done: string[] = [];
    await run({ done: ({ id }) => done.push(id) });
    expect(events().filter((what) => /^(up|unpause)/.test(what))).toEqual(["unpause store-1", "up anew store-1"]);
    expect(done.slice(0, 2)).toEqual(["unpause store-1", "recreate store-1"]);
    expect(plan()).toEqual([]);
  });

  test("must say when each service ran, answered, was prepared and worked, and what was done for it", async () => {
    const { run } = scene(pooled, () => {}, profileOf({ services: {} }));
    const { traces } = await run();
    expect(traces.map(({ service, prepared }) => [service, prepared])).toEqual([
      ["store", ["made the role of store"]],
      ["pool", ["made the role of pool"]],
    ]);
    for (const { createdMs = Number.NaN, runningMs, firstAnswerMs, preparedMs, readyMs } of traces) {
      const times = [0, createdMs, runningMs, firstAnswerMs, preparedMs, readyMs];
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  test("must wait for a server that answers late", async () => {
    const { world, run, plan } = scene(profileOf(), (world) =>
      world.change("store-1", { state: "exited", exitCode: 0 }),
    );
    world.mute.add("store-1");
    setTimeout(() => world.mute.delete("store-1"), 250);
    const { traces } = await run();
    expect(traces[0]?.firstAnswerMs).toBeGreaterThan(200);
    expect(plan()).toEqual([]);
  });
});

/** Every kind that there is: the type says so. */
const KINDS = Object.keys({
  "write-file": 0,
  "remove-container": 0,
  "unpause-container": 0,
  "save-data": 0,
  "renew-volumes": 0,
  "reset-persisted": 0,
  "grow-limits": 0,
  "create-container": 0,
  "recreate-container": 0,
  "start-container": 0,
  "restart-container": 0,
  "apply-settings": 0,
  "shrink-limits": 0,
  drain: 0,
  release: 0,
  "await-instance": 0,
  prepare: 0,
  "await-service": 0,
} satisfies Record<Step["kind"], 0>);

test("every kind of step must be carried out, and nothing be left", async () => {
  const kinds = new Set<string>();
  const note = ({ kind }: Step) => kinds.add(kind);
  const first = everything();
  await first.run({ done: note });
  expect(first.plan()).toEqual([]);
  const paused = scene(profileOf(), (world) => world.change("store-1", { state: "paused" }));
  await paused.run({ done: note });
  const second = scene(
    profileOf({ services: { store: { nodes: 2 } } }),
    (world) => world.change("store-1", { state: "exited", exitCode: 0 }),
    profileOf(),
  );
  await second.run({ done: note });
  expect(second.plan()).toEqual([]);
  const hopeless = new Map([["store-1", ["plumbline-store-1-data"]]]);
  const third = scene(profileOf(), (world) => world.change("store-1", { state: "exited", exitCode: 1 }), profileOf(), {
    hopeless,
  });
  await third.run({ done: note, steps: third.plan() });
  expect(third.events()).toContain("up store-1");
  const cause = "a test";
  const on = { service: "store", instance: "store-1", path: "/data/auto.conf", names: ["a"], by: "server" } as const;
  await scene(profileOf()).run({
    done: note,
    steps: [{ kind: "reset-persisted", ...on, id: "reset", after: [], cause }],
  });
  const unsaved = scene(profileOf(), (world) => {
    restarts("store-1")(world);
    world.unsaved.set("store-1", cause);
  });
  await unsaved.run({ done: note });
  expect(unsaved.events().slice(0, 3)).toEqual(["connect store-1", "save store-1", "restart store-1"]);
  expect(unsaved.plan()).toEqual([]);
  expect(kinds).toEqual(new Set(KINDS));
});

test("a server that cannot write what it holds in memory must not be ended, and say why", async () => {
  const { world, run, events } = scene(profileOf(), (world) => {
    restarts("store-1")(world);
    world.unsaved.set("store-1", "a test");
  });
  world.intercept = (event) => {
    if (event === "save store-1") throw new Error("no space left on device");
  };
  await expect(run()).rejects.toMatchObject({
    code: "NOT_CONVERGED",
    what: "The data that store-1 holds in memory could not be written; it runs on with them",
    why: "no space left on device",
  });
  expect(events()).not.toContain("restart store-1");
});

describe("clients that are drained", () => {
  test("must wait while the server restarts and until its service works, and not at the end", async () => {
    const { world, run } = scene(pooled, restarts("store-1"));
    const { interruptions } = await run();
    const drained = new Map(world.events.map((event) => [event.what, event.drained]));
    expect(drained.get("restart store-1")).toEqual(["pool"]);
    expect(drained.get("use store")).toEqual(["pool"]);
    expect(drained.get("use pool")).toEqual([]);
    expect([...world.drained]).toEqual([]);
    expect(interruptions).toMatchObject([{ instance: "store-1", held: ["pool"] }]);
  });

  test.for(["restart store-1", "connect store-1", "prepare store", "use store"])(
    "must be released where the run fails at: %s",
    async (what) => {
      const { world, run, events } = scene(pooled, restarts("store-1"));
      const fatal = new PlumblineError("PREPARE_FAILED", { what: "injected", why: "a test", fix: "none" });
      world.intercept = (event) => {
        if (event === what) throw fatal;
      };
      expect((await failure(run())).error).toBe(fatal);
      expect([...world.drained]).toEqual([]);
      expect(events().at(-1)).toBe("release pool");
    },
  );

  test("must be released where a step fails that has nothing to do with them", async () => {
    const both = profileOf({ services: { store: { nodes: 2 }, pool: { drains: true } } });
    const { world, run } = scene(both, (world) => {
      restarts("store-1")(world);
      world.change("store-2", { cpuLimit: 1 });
    });
    world.intercept = async (event) => {
      if (event === "limit store-2") {
        while (!world.drained.has("pool")) await new Promise((resolve) => setImmediate(resolve));
        throw new Error("injected");
      }
    };
    expect((await failure(run())).error).toMatchObject({ message: "injected" });
    expect([...world.drained]).toEqual([]);
  });

  test("must be served on where they cannot be drained, and no server is restarted", async () => {
    const { world, run, events } = scene(pooled, restarts("store-1"));
    world.intercept = (event) => {
      if (event === "drain pool") throw new Error("a transaction is open");
    };
    await failure(run());
    expect(events()).not.toContain("restart store-1");
    expect([...world.drained]).toEqual([]);
  });

  test("must be said to wait where they could not be released", async () => {
    const { world, run } = scene(pooled, restarts("store-1"));
    const warnings: string[] = [];
    world.intercept = (event) => {
      if (event === "release pool") throw new Error("the console is gone");
    };
    const report: Controls["report"] = (event) => event.kind === "warning" && warnings.push(event.text);
    expect((await failure(run({ report }))).error).toMatchObject({ message: "the console is gone" });
    expect(warnings.join("\n")).toContain("pool: the console is gone");
  });
});
