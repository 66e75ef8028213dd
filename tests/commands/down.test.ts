import { expect, test } from "vitest";
import type { ObservedContainer } from "../../stack/core/machine/facts.ts";
import { madeElsewhere, removeContainers, stopOrder } from "../../stack/commands/down.ts";
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

test("folders of other clones are those that a container says, once each", () => {
  const containers = [
    containerOf("postgres", { folder: "/a/.plumbline/test" }),
    containerOf("redis", { folder: "/a/.plumbline/test" }),
    containerOf("mysql", { folder: "/here/.plumbline/test" }),
    containerOf("rabbitmq"),
  ];
  expect(madeElsewhere(containers, stackFolder("test", "/here"))).toEqual(["/a/.plumbline/test"]);
});

test("containers and networks go, each container stopped first if it runs, and volumes stay", async () => {
  const engine = engineWith([containerOf("postgres"), containerOf("redis", { state: "exited", exitCode: 1 })]);
  const removed = await removeContainers({ engine, deploy: fakeDeployer(engine), project: "plumbline-test" }, CONTROLS);
  expect(removed).toEqual({ containers: ["postgres", "redis"], networks: ["plumbline-test-data"] });
  expect(engine.world).toMatchObject({ containers: [], networks: [], volumes: ["plumbline-test-postgres-data"] });
  expect(engine.world.stoppedGracefully).toEqual(["postgres"]);
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
