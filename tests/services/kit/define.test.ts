import { describe, expect, test } from "vitest";
import { allocate } from "../../../stack/core/desire/budget.ts";
import { explain } from "../../../stack/core/desire/explain.ts";
import { offersOf } from "../../../stack/core/desire/offers.ts";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { planText } from "../../../stack/core/plan/plan-text.ts";
import type { Target } from "../../../stack/core/service/service.ts";
import { composeFiles } from "../../../stack/render/compose.ts";
import { renderStack } from "../../../stack/render/stack.ts";
import { carryOut } from "../../support/fakes/executor.ts";
import { World } from "../../support/fakes/world.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";
import { NO_GRANTS } from "../../support/core/steps.ts";
import { watcherOf } from "../../support/core/watcher.ts";

const bare = watcherOf([]);
const desired = () => desiredOf(profileOf({ services: { watcher: {} } }), { registry: new Map([[bare.name, bare]]) });

const target: Target = {
  instance: "watcher",
  host: "127.0.0.1",
  port: () => 1,
  address: "127.0.0.1",
  credentials: () => expect.fail("it has none"),
  neighbours: {},
  exec: () => Promise.reject(new Error("nothing runs here")),
};

describe("a service without ports, settings, volumes, credentials, files and a benchmark", () => {
  test("must have its part of the budget, and be explained by its limits and what stays free alone", () => {
    const { budget, services } = desired();
    const [{ share, definition, requires, settings } = expect.fail("no service")] = services;
    expect(share.memory).toBe(definition.needs({ machine: budget.machine, workload: profileOf().workload }).ideal);
    expect(explain(budget, [{ definition, requires, share, settings }]).map(({ setting }) => setting)).toEqual([
      "free",
      "limits",
    ]);
    expect(allocate([], budget.machine).spent).toBe(0);
  });

  test("must be rendered with nothing that it does not have", () => {
    const files = renderStack(desired(), composeFiles);
    expect([...files.keys()]).toEqual(["compose.yaml", "tuning.env"]);
    const compose = files.get("compose.yaml") ?? "";
    expect(compose).toContain("container_name: plumbline-watcher");
    for (const key of ["ports:", "secrets:", "environment:", "command:"]) expect(compose).not.toContain(key);
    expect(offersOf(desired()).metrics).toEqual([]);
  });

  test("must be planned, and converge", async () => {
    const world = new World();
    await carryOut(world, desired());
    expect(planText(planStack(desired(), world.observe(desired())))).toBe("  nothing to do");
  });

  test("must answer for what it left out: no setting, no step, no benchmark", async () => {
    const live = await bare.configure({}).live();
    const connection = await live.connect(target);
    expect(await connection.read(["anything"])).toEqual(new Map());
    await connection.apply([]);
    await expect(connection.apply([{ name: "anything", value: 1 }])).rejects.toThrow("no setting that can be changed");
    expect(await live.prepare([target], NO_GRANTS)).toEqual([]);
    expect(await live.lacks([target], NO_GRANTS)).toEqual([]);
    expect("bench" in live).toBe(false);
  });
});

describe("what a service requires", () => {
  test("must follow from its wants, each neighbour once", () => {
    expect(watcherOf(["a", "b", "a"]).configure({}).requires).toEqual(["a", "b"]);
    expect(bare.configure({}).requires).toEqual([]);
  });
});
