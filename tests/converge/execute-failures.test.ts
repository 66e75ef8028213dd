import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { profileOf } from "../support/core/stack.ts";
import { AT_ONCE_MS, everything, failure, pooled, restarts, scene, three } from "../support/fakes/executor-scene.ts";

describe("a failure", () => {
  test("of a container that exits must end all waits at once, with its last words", async () => {
    const { world, run } = scene(pooled, () => {}, profileOf({ services: {} }));
    world.exiting.add("store-1");
    const { error, durationMs } = await failure(run());
    expect(error).toMatchObject({ code: "SERVICE_EXITED", why: "the last words of store-1" });
    expect(durationMs).toBeLessThan(AT_ONCE_MS);
  });

  test("of a container that exits when it is restarted must do so too", async () => {
    const { world, run } = scene(pooled, restarts("store-1"));
    world.exiting.add("store-1");
    const { error, durationMs } = await failure(run());
    expect(error).toMatchObject({ code: "SERVICE_EXITED" });
    expect(durationMs).toBeLessThan(AT_ONCE_MS);
    expect([...world.drained]).toEqual([]);
  });

  test("of a look that comes too late while containers start is none: the start has a deadline of its own", async () => {
    const { world, run } = scene(three, (world) => world.containers.delete(world.find("store-1")?.id ?? ""));
    world.intercept = async (event) => {
      if (!event.startsWith("up ")) return;
      world.lateLooks = 3;
      while (world.lateLooks > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await run();
    expect(world.find("store-1")?.state).toBe("running");
  });

  test("of a look that comes too late when nothing starts must end the run after every call that it began", async () => {
    const { world, run } = scene(three, restarts("store-1"));
    let isRestarting = false;
    world.intercept = async (event) => {
      if (event.startsWith("use ") || event.startsWith("connect ")) world.lateLooks = 1;
      if (!event.startsWith("restart ")) return;
      isRestarting = true;
      await new Promise((resolve) => setTimeout(resolve, 50));
      isRestarting = false;
    };
    world.mute.add("store-1");
    const { error } = await failure(run());
    expect(error).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect(isRestarting).toBe(false);
  });

  test("must end the waits for what the failed step would have brought", async () => {
    const { world, run } = scene(pooled, () => {}, profileOf({ services: { pool: {}, store: {} } }));
    world.containers.delete(world.find("store-1")?.id ?? "");
    world.mute.add("pool");
    world.intercept = (event) => {
      if (event.startsWith("up ")) throw new Error("no space left on device");
    };
    const { error, durationMs } = await failure(run());
    expect(error).toMatchObject({ message: "no space left on device" });
    expect(durationMs).toBeLessThan(AT_ONCE_MS);
  });

  test("to write a file must leave every container as it is", async () => {
    const { world, run, events } = scene(
      profileOf({ services: { store: { nodes: 3, mode: "slow" } } }),
      () => {},
      three,
    );
    world.intercept = (event) => {
      if (event === "write compose.yaml") throw new Error("the disk is full");
    };
    await failure(run());
    expect(events().filter((what) => !what.startsWith("write "))).toEqual([]);
  });

  test("must let what is under way end, and count it as done", async () => {
    const { world, run } = scene(three, (world) => {
      for (const instance of ["store-1", "store-2"]) world.change(instance, { cpuLimit: 1 });
    });
    world.intercept = async (event) => {
      if (event === "limit store-1") throw new Error("injected");
      await new Promise((resolve) => setTimeout(resolve, 30));
    };
    const done: string[] = [];
    await failure(run({ done: ({ id }) => done.push(id) }));
    expect(done).toEqual(["raise limits of store-2"]);
    expect(world.find("store-2")?.cpuLimit).toBe(2);
  });

  test("while a server restarts must wait for the engine, count the restart as done, and drain nobody", async () => {
    const both = profileOf({ services: { store: { nodes: 2 }, pool: { drains: true } } });
    const { world, run, plan } = scene(both, (world) => {
      restarts("store-1")(world);
      world.change("store-2", { cpuLimit: 1 });
    });
    const restarting = new AbortController();
    const isRestarting = once(restarting.signal, "abort");
    world.intercept = async (event) => {
      if (event === "restart store-1") {
        restarting.abort();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      if (event !== "limit store-2") return;
      await isRestarting;
      throw new Error("injected");
    };
    const done: string[] = [];
    const { error } = await failure(run({ done: ({ id }) => done.push(id) }));
    expect(error).toMatchObject({ message: "injected" });
    expect(done).toContain("restart store-1");
    expect(plan().map(({ id }) => id)).toEqual(["raise limits of store-2"]); // the server has its new values already
    expect([...world.drained]).toEqual([]);
  });

  test("after any step must leave what the next run completes", async () => {
    const steps = everything().plan().length;
    for (let place = 1; place <= steps; place += 1) {
      const { world, run, plan } = everything();
      let count = 0;
      const done = () => {
        count += 1;
        if (count === place) throw new Error("injected");
      };
      expect((await failure(run({ done }))).error, `after ${place}`).toMatchObject({ message: "injected" });
      expect([...world.drained], `after ${place}`).toEqual([]);
      await run();
      expect(plan(), `after ${place}`).toEqual([]);
    }
  });
});

test("a signal at any moment must end the run at once, also where nothing answers any more, and drain nobody", async () => {
  const whole = everything();
  await whole.run();
  const moments = whole.events();
  for (const [place, what] of moments.entries()) {
    const { world, run } = everything();
    const controller = new AbortController();
    let count = 0;
    world.intercept = async (event) => {
      count += 1;
      if (count - 1 < place) return;
      controller.abort();
      // Whoever drains must wait for the answer; everything else may never come.
      if (!/^(drain|release)/.test(event)) await new Promise(() => undefined);
    };
    const { error, durationMs } = await failure(run({ signal: controller.signal }));
    expect(error, `${place}: ${what}`).toMatchObject({ code: "INTERRUPTED" });
    expect(durationMs, `${place}: ${what}`).toBeLessThan(AT_ONCE_MS);
    expect([...world.drained], `${place}: ${what}`).toEqual([]);
  }
});
