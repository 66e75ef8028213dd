import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ObservedContainer } from "../../stack/core/machine/facts.ts";
import { guestNotes, removeContainers, stopOrder } from "../../stack/commands/down.ts";
import { askForAnotherClone, madeElsewhere } from "../../stack/commands/request/another-clone.ts";
import { stackFolder } from "../../stack/records/folder.ts";
import { containerOf } from "../support/report/fixtures.ts";
import { fakeDeployer } from "../support/fakes/runtime.ts";
import { fakeEngine } from "../support/fakes/engine.ts";

const CONTROLS = { report: () => {}, signal: new AbortController().signal };

function engineWith(containers: ObservedContainer[]) {
  return fakeEngine({
    containers,
    networks: ["plumbline-test-data"],
    volumes: ["plumbline-test-postgres-data"],
  });
}

test("what requires another service is stopped before it", () => {
  const order = stopOrder([containerOf("postgres"), containerOf("pgbouncer"), containerOf("redis")]);
  expect(order.map((wave) => wave.map(({ instance }) => instance))).toEqual([["pgbouncer"], ["postgres", "redis"]]);
});

test("folders of other clones are those that a container says, once each", async () => {
  const containers = [
    containerOf("postgres", { folder: "/a/.plumbline/test" }),
    containerOf("redis", { folder: "/a/.plumbline/test" }),
    containerOf("mysql", { folder: "/here/.plumbline/test" }),
    containerOf("rabbitmq"),
  ];
  expect(await madeElsewhere(containers, stackFolder("test", "/here"))).toEqual(["/a/.plumbline/test"]);
});

test("containers and networks go, each container stopped first if it runs, and volumes stay", async () => {
  const engine = engineWith([containerOf("postgres"), containerOf("redis", { state: "exited", exitCode: 1 })]);
  const removed = await removeContainers({ engine, deploy: fakeDeployer(engine), project: "plumbline-test" }, CONTROLS);
  expect(removed).toEqual({ containers: ["postgres", "redis"], networks: ["plumbline-test-data"] });
  expect(engine.world).toMatchObject({ containers: [], networks: [], volumes: ["plumbline-test-postgres-data"] });
  expect(engine.world.stoppedGracefully).toEqual(["postgres"]);
});

test("what a person added to the project stays, with the networks that it uses, and is named", async () => {
  const guests = { containers: [{ name: "mail", networks: ["plumbline-test-data"] }], volumes: ["mine"], networks: [] };
  const engine = fakeEngine({ containers: [containerOf("redis")], networks: ["plumbline-test-data"], guests });
  const removed = await removeContainers({ engine, deploy: fakeDeployer(engine), project: "plumbline-test" }, CONTROLS);
  expect(removed).toEqual({ containers: ["redis"], networks: [] });
  expect(engine.world).toMatchObject({ networks: ["plumbline-test-data"], guests });
  expect(guestNotes(guests)).toEqual([
    "the container mail is kept: Plumbline did not make it",
    "the volume mine is kept: Plumbline did not make it",
  ]);
});

describe("the stack of another clone", () => {
  const folder = stackFolder("test", "/here");
  let other = "";
  let there = fakeEngine();
  beforeAll(async () => {
    other = await mkdtemp(join(tmpdir(), "plumbline-clone-"));
    there = fakeEngine({ containers: [containerOf("redis", { folder: other })] });
  });
  afterAll(() => rm(other, { recursive: true, force: true }));

  test("is asked about by its folder, and left alone without a yes", async () => {
    const asked: string[] = [];
    const confirm = async (question: string) => asked.push(question) === 0;
    await expect(askForAnotherClone(there, { stack: "test", folder }, { verb: "Stop", confirm })).rejects.toMatchObject(
      { code: "NEEDS_CONFIRMATION" },
    );
    expect(asked).toEqual([`The stack test was brought up from ${other}. Stop it from here?`]);
  });

  test("is touched after a yes, and one's own without a question", async () => {
    const yes = { verb: "Change", confirm: async () => true };
    expect(await askForAnotherClone(there, { stack: "test", folder }, yes)).toEqual([other]);
    const never = { verb: "Change", confirm: async () => Promise.reject(new Error("asked")) };
    const own = fakeEngine({ containers: [containerOf("redis", { folder: folder.root })] });
    expect(await askForAnotherClone(own, { stack: "test", folder }, never)).toEqual([]);
  });

  test("that is gone from its folder was moved here: it is named, and nobody is asked", async () => {
    const never = { verb: "Change", confirm: async () => Promise.reject(new Error("asked")) };
    const moved = fakeEngine({ containers: [containerOf("redis", { folder: join(other, "gone") })] });
    expect(await askForAnotherClone(moved, { stack: "test", folder }, never)).toEqual([join(other, "gone")]);
  });
});

test("a container that cannot be stopped keeps none of the others, and is the error", async () => {
  const engine = engineWith([containerOf("mysql"), containerOf("redis")]);
  engine.world.stubborn.add("mysql");
  await expect(
    removeContainers({ engine, deploy: fakeDeployer(engine), project: "plumbline-test" }, CONTROLS),
  ).rejects.toThrow("mysql does not stop");
  expect(engine.world.containers.map(({ instance }: ObservedContainer) => instance)).toEqual(["mysql"]);
});

test("an interrupted run stops before the next container", async () => {
  const engine = engineWith([containerOf("postgres")]);
  const removing = removeContainers(
    { engine, deploy: fakeDeployer(engine), project: "plumbline-test" },
    { ...CONTROLS, signal: AbortSignal.abort() },
  );
  await expect(removing).rejects.toMatchObject({ code: "INTERRUPTED" });
  expect(engine.world.containers).toHaveLength(1);
});
