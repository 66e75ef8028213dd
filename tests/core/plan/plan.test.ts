import { describe, expect, test } from "vitest";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { type FileState } from "../../../stack/core/plan/observed.ts";
import { planText } from "../../../stack/core/plan/plan-text.ts";
import { containerOf } from "../../support/core/container.ts";
import { planned, withoutFiles } from "../../support/core/planned.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";
import { carryOut } from "../../support/fakes/executor.ts";
import { World } from "../../support/fakes/world.ts";

const one = profileOf();
const waitOf = (come: string) => `\n    wait for store-1; prepare store; wait until store works: store-1 is ${come}`;
const DEFINITION = "its definition (command, mounts, ports, identity files) changed";

describe("the plan of a stack", () => {
  test("that is not there must write its files and then create its containers", () => {
    const desired = desiredOf(profileOf({ services: { store: {}, pool: {} } }));
    expect(planText(planStack(desired, new World().observe(desired)))).toBe(
      [
        "  write compose.yaml: it does not exist",
        "  write tuning.env: it does not exist",
        "  write conf/store-1/store.conf: it does not exist",
        "  write conf/store-1/users.json: it does not exist",
        "  write conf/pool/pool.ini: it does not exist",
        "  create store-1: no container of this name",
        "  create pool: no container of this name",
        "    wait for store-1; prepare store; wait until store works: store-1 is created",
        "    wait for pool; prepare pool; wait until pool works: pool is created",
      ].join("\n"),
    );
  });

  test("that runs as it should must be empty", () => {
    expect(planned(one)).toBe("  nothing to do");
    expect(planned(profileOf({ services: { store: { nodes: 3 }, pool: {} } }))).toBe("  nothing to do");
  });

  test("with another image must recreate its container", () => {
    expect(withoutFiles(planned(one, undefined, { version: "2" }))).toBe(
      "  recreate store-1: image store:1 becomes store:2" + waitOf("made anew"),
    );
  });

  test("with another definition must recreate its container, and say so in one line", () => {
    const slow = profileOf({ services: { store: { mode: "slow" } } });
    expect(withoutFiles(planned(slow, undefined, { before: one }))).toBe(
      `  recreate store-1: ${DEFINITION}${waitOf("made anew")}`,
    );
  });

  test("whose folder was moved must recreate its containers, and leave those of its own folder alone", () => {
    const desired = desiredOf(one);
    const folderOf = (folder: string) => {
      const world = World.running(desired);
      world.change("store-1", { folder });
      return planText(planStack(desired, { ...world.observe(desired), folder: "/new" }));
    };
    expect(folderOf("/old")).toBe("  recreate store-1: its files are those of /old, not of /new" + waitOf("made anew"));
    expect(folderOf("/new")).toBe("  nothing to do");
  });

  test("with a container that exited must start it again, with its code", () => {
    expect(planned(one, (world) => world.change("store-1", { state: "exited", exitCode: 137 }))).toBe(
      "  start store-1: it has exited with code 137" + waitOf("started"),
    );
  });

  test("with a container that was created and never started must start it", () => {
    expect(planned(one, (world) => world.change("store-1", { state: "created" }))).toBe(
      "  start store-1: it is created" + waitOf("started"),
    );
  });

  test.for(["dead", "paused", "removing"] as const)("with a container that is %s must recreate it", (state) => {
    const unpause =
      state === "paused" ? "  unpause store-1: it is paused, and Compose cannot replace a container that is\n" : "";
    expect(planned(one, (world) => world.change("store-1", { state }))).toBe(
      `${unpause}  recreate store-1: it is ${state}${waitOf("made anew")}`,
    );
  });

  test("with a server that does not answer must leave its settings alone", () => {
    expect(planned(one, (world) => world.effective.delete("store-1"))).toBe("  nothing to do");
  });
});

describe("services and instances that go", () => {
  const both = profileOf({ services: { store: {}, pool: {} } });

  test("must be removed by name when the profile no longer has the service, before anything is created", () => {
    const text = withoutFiles(planned(profileOf({ services: { store: { nodes: 2 } } }), undefined, { before: both }));
    expect(text).toBe(
      [
        "  remove pool: the profile test does not have it; its volumes stay",
        "  create store-2: no container of this name",
        "    wait for store-2; prepare store; wait until store works: store-2 is created",
      ].join("\n"),
    );
  });

  test("must be removed when a service has fewer nodes", () => {
    const three = profileOf({ services: { store: { nodes: 3 } } });
    expect(withoutFiles(planned(one, undefined, { before: three }))).toBe(
      [
        "  remove store-2: the profile test does not have it; its volumes stay",
        "  remove store-3: the profile test does not have it; its volumes stay",
      ].join("\n"),
    );
  });

  test("must stay when the service is only left out, or not asked for this time", () => {
    expect(withoutFiles(planned(both, undefined, { leftOut: ["pool"] }))).toBe("");
  });

  test("must be removed when they are of a service that nobody knows any more", () => {
    const old = containerOf({ id: "x1", service: "constructor", instance: "constructor" });
    expect(planned(one, (world) => world.add(old))).toBe(
      "  remove constructor: the profile test does not have it; its volumes stay",
    );
  });

  test("must be removed when a replacement that was cut short left a second container", async () => {
    const desired = desiredOf(one);
    const [instance] = desired.services[0]?.instances ?? [];
    const left = containerOf({ id: "x1", state: "created", identity: instance?.identity ?? "" });
    const world = World.running(desired);
    world.add(left);
    const plan = planStack(desired, world.observe(desired));
    expect(planText(plan)).toBe("  remove store-1: a second container of the same instance");
    expect(plan.actions).toMatchObject([{ containerId: "x1" }]);
    await carryOut(world, desired, { steps: plan.actions });
    expect(planText(planStack(desired, world.observe(desired)))).toBe("  nothing to do");
  });
});

const withFile = (state: FileState) => {
  const desired = desiredOf(one);
  const observed = World.running(desired).observe(desired);
  const plan = planStack(desired, { ...observed, files: new Map([...observed.files, ["tuning.env", state]]) });
  return { plan, text: planText(plan) };
};

describe("files", () => {
  test.for([
    ["same", "  nothing to do"],
    ["absent", "  write tuning.env: it does not exist"],
    ["outdated", "  write tuning.env: the profile or the machine gives other values"],
    ["edited", "  write tuning.env: it was edited by hand; a copy is kept beside it"],
    ["foreign", "  nothing to do\n  note: tuning.env has no signature line: it is yours and is left as it is"],
  ] as const)("that are %s", ([state, text]) => {
    expect(withFile(state).text).toBe(text);
  });

  test("must be kept as a copy only when a person edited them", () => {
    expect(withFile("edited").plan.actions).toMatchObject([{ kind: "write-file", keepCopy: true }]);
    expect(withFile("outdated").plan.actions).toMatchObject([{ kind: "write-file", keepCopy: false }]);
  });

  test("that changed without any setting or definition must be written, and no server is touched", () => {
    expect(planned(one, (world) => world.files.delete("conf/store-1/store.conf"))).toBe(
      "  write conf/store-1/store.conf: it does not exist",
    );
  });
});
