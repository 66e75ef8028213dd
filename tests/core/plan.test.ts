import { describe, expect, test } from "vitest";
import type { ObservedContainer } from "../../stack/core/facts.ts";
import { planStack, type FileState } from "../../stack/core/plan.ts";
import { planText } from "../../stack/core/plan-text.ts";
import type { Profile } from "../../stack/core/profile.ts";
import { bytes, gib, KIB, mib } from "../../stack/core/units.ts";
import { desiredOf, profileOf, type StackParts } from "../support/core/stack.ts";
import { World } from "../support/core/world.ts";

/** The plan of a stack in a world that was running `before` (the same stack, unless told otherwise) and then changed. */
function planned(
  profile: Profile,
  change: (world: World) => void = () => {},
  { before = profile, ...parts }: StackParts & { readonly before?: Profile } = {},
): string {
  const world = World.running(desiredOf(before, { stack: parts.stack ?? "default" }));
  change(world);
  const desired = desiredOf(profile, parts);
  return planText(planStack(desired, world.observe(desired)));
}

/** What the plan does to containers: most tests are not about files. */
const withoutFiles = (text: string) =>
  text
    .split("\n")
    .filter((line) => !line.startsWith("  write "))
    .join("\n");

const one = profileOf();
const small = profileOf({ machine: { cpus: 1, memory: gib(1), disk: gib(9) } });
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
      ].join("\n"),
    );
  });

  test("that runs as it should must be empty", () => {
    expect(planned(one)).toBe("  nothing to do");
    expect(planned(profileOf({ services: { store: { nodes: 3 }, pool: {} } }))).toBe("  nothing to do");
  });

  test("with another image must recreate its container", () => {
    expect(withoutFiles(planned(one, undefined, { version: "2" }))).toBe(
      "  recreate store-1: image store:1 becomes store:2",
    );
  });

  test("with another definition must recreate its container, and say so in one line", () => {
    const slow = profileOf({ services: { store: { mode: "slow" } } });
    expect(withoutFiles(planned(slow, undefined, { before: one }))).toBe(`  recreate store-1: ${DEFINITION}`);
  });

  test("with a container that exited must start it again, with its code", () => {
    expect(planned(one, (world) => world.change("store-1", { state: "exited", exitCode: 137 }))).toBe(
      "  start store-1: it is exited with code 137",
    );
  });

  test("with a container that was created and never started must start it", () => {
    expect(planned(one, (world) => world.change("store-1", { state: "created" }))).toBe(
      "  start store-1: it is created",
    );
  });

  test.for(["dead", "paused", "removing"] as const)("with a container that is %s must recreate it", (state) => {
    expect(planned(one, (world) => world.change("store-1", { state }))).toBe(`  recreate store-1: it is ${state}`);
  });

  test("with a server that does not answer must leave its settings alone", () => {
    expect(planned(one, (world) => world.effective.delete("store-1"))).toBe("  nothing to do");
  });
});

describe("limits", () => {
  test("that grow must grow before the servers are told to use them", () => {
    expect(planned(one, undefined, { before: small })).toBe(
      [
        "  write compose.yaml: the profile or the machine gives other values",
        "  write tuning.env: the profile or the machine gives other values",
        "  write conf/store-1/store.conf: the profile or the machine gives other values",
        "  raise limits of store-1: the budget gives 512 MiB and 2 cpus, the container has 256 MiB and 1 cpus",
        "  restart store-1: cache is 128 MiB, wanted 256 MiB, threads is 1, wanted 2",
      ].join("\n"),
    );
  });

  test("that shrink must shrink after the servers gave the memory back", () => {
    const alsoSmall = profileOf({ machine: { ...small.machine, cpus: 4 } });
    expect(withoutFiles(planned(alsoSmall, undefined, { before: one }))).toBe(
      [
        "  apply live to store-1: cache is 256 MiB, wanted 128 MiB",
        "  lower limits of store-1: the budget gives 256 MiB and 2 cpus, the container has 512 MiB and 2 cpus",
      ].join("\n"),
    );
  });

  test("of one service must grow only after no other is left larger than it was: grow first, shrink last", () => {
    const profile = profileOf({ services: { store: { nodes: 2 } } });
    const plan = planned(profile, (world) => {
      world.change("store-1", { memoryLimit: gib(1), swapLimit: gib(1) });
      world.change("store-2", { memoryLimit: mib(256), swapLimit: mib(256) });
    });
    expect(plan.split("\n").map((line) => line.split(":")[0])).toEqual([
      "  raise limits of store-2",
      "  lower limits of store-1",
    ]);
  });

  test("that somebody took away must be set, last: no limit is more than any", () => {
    const plan = planned(one, (world) =>
      world.change("store-1", { memoryLimit: bytes(0), swapLimit: bytes(0), cpuLimit: 0 }),
    );
    expect(plan).toBe(
      "  lower limits of store-1: the budget gives 512 MiB and 2 cpus, the container has no limit of memory and all cpus",
    );
  });

  test("of cpus alone must be raised or lowered", () => {
    const cpus = (cpuLimit: number) => planned(one, (world) => world.change("store-1", { cpuLimit }));
    expect(cpus(1)).toBe(
      "  raise limits of store-1: the budget gives 512 MiB and 2 cpus, the container has 512 MiB and 1 cpus",
    );
    expect(cpus(3)).toBe(
      "  lower limits of store-1: the budget gives 512 MiB and 2 cpus, the container has 512 MiB and 3 cpus",
    );
    expect(cpus(2.0004)).toBe("  nothing to do");
  });

  test("that allow swap must be set, and the plan must say that it is swap", () => {
    expect(planned(one, (world) => world.change("store-1", { swapLimit: gib(1) }))).toBe(
      "  raise limits of store-1: the budget gives 512 MiB and 2 cpus, the container has 512 MiB and 2 cpus, and 1 GiB with swap",
    );
  });

  test("of swap that the engine cannot keep must be a note, since no plan would ever be empty", () => {
    expect(planned(one, (world) => world.change("store-1", { swapLimit: bytes(-1) }))).toBe(
      "  nothing to do\n  note: store-1 may swap: its engine keeps no limit of swap",
    );
  });

  test("of a container that is stopped must be raised before it starts, and lowered after it runs", () => {
    const stopped = (memory: number) =>
      planned(one, (world) =>
        world.change("store-1", { state: "exited", exitCode: 0, memoryLimit: bytes(memory), swapLimit: bytes(memory) }),
      )
        .split("\n")
        .map((line) => line.split(":")[0]);
    expect(stopped(mib(256))).toEqual(["  raise limits of store-1", "  start store-1"]);
    expect(stopped(gib(1))).toEqual(["  start store-1", "  lower limits of store-1"]);
  });
});

describe("settings", () => {
  const reports = (setting: string, value: string | number) => (world: World) =>
    world.report("store-1", setting, { value });

  test("that can change on a running server must be applied live", () => {
    expect(planned(one, reports("cache", mib(64)))).toBe("  apply live to store-1: cache is 64 MiB, wanted 256 MiB");
  });

  test("that need a restart must restart the server, and take the live ones along", () => {
    const change = (world: World) => {
      reports("sync", "off")(world);
      reports("threads", 7)(world);
    };
    expect(planned(one, change)).toBe("  restart store-1: sync is off, wanted on, threads is 7, wanted 2");
  });

  test("that need a new container must recreate it, and nothing else is done to it", () => {
    const change = (world: World) => {
      reports("format", "columns")(world);
      reports("threads", 7)(world);
      world.change("store-1", { memoryLimit: gib(1), swapLimit: gib(1) });
    };
    expect(planned(one, change)).toBe("  recreate store-1: threads is 7, wanted 2, format is columns, wanted rows");
  });

  test("that the server does not report must be applied, and the plan must say so", () => {
    expect(planned(one, (world) => world.report("store-1", "timeout", undefined))).toBe(
      "  apply live to store-1: timeout is not reported (wanted 5 s)",
    );
  });

  test("that something else has set, or that wait for a restart, must be named with that", () => {
    const change = (world: World) => {
      world.report("store-1", "sync", { value: "off", origin: "command line" });
      world.report("store-1", "threads", { value: 1, pendingRestart: true });
    };
    expect(planned(one, change)).toBe(
      "  restart store-1: sync is off, wanted on, set by command line, threads is 1, wanted 2, waits for a restart",
    );
  });

  test("that the server rounded must be a note, and no action", () => {
    const odd = profileOf({ overrides: { store: { cache: 100_000 } } });
    expect(planned(odd, reports("cache", 12 * 8 * KIB))).toBe(
      "  nothing to do\n  note: store-1: cache is 96 KiB for 97.7 KiB (kept in pages of 8 KiB)",
    );
  });

  test("that were set by the profile must be applied to every instance", () => {
    const before = profileOf({ services: { store: { nodes: 2 } } });
    const after = { ...before, overrides: { store: { timeout: "9 s" } } };
    expect(withoutFiles(planned(after, undefined, { before }))).toBe(
      "  apply live to store-1: timeout is 5 s, wanted 9 s\n  apply live to store-2: timeout is 5 s, wanted 9 s",
    );
  });
});

describe("services and instances that go", () => {
  const both = profileOf({ services: { store: {}, pool: {} } });

  test("must be removed by name when the profile no longer has the service, before anything is created", () => {
    const text = withoutFiles(planned(profileOf({ services: { store: { nodes: 2 } } }), undefined, { before: both }));
    expect(text).toBe(
      "  remove pool: the profile test does not have it; its volumes stay\n  create store-2: no container of this name",
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
    const old = container({ id: "x1", service: "constructor", instance: "constructor" });
    expect(planned(one, (world) => world.add(old))).toBe(
      "  remove constructor: the profile test does not have it; its volumes stay",
    );
  });

  test("must be removed when a replacement that was cut short left a second container", () => {
    const desired = desiredOf(one);
    const [instance] = desired.services[0]?.instances ?? [];
    const left = container({ id: "x1", state: "created", identity: instance?.identity ?? "" });
    const world = World.running(desired);
    world.add(left);
    const plan = planStack(desired, world.observe(desired));
    expect(planText(plan)).toBe("  remove store-1: a second container of the same instance");
    expect(plan.actions).toMatchObject([{ containerId: "x1" }]);
    world.apply(desired, plan);
    expect(planText(planStack(desired, world.observe(desired)))).toBe("  nothing to do");
  });
});

describe("files", () => {
  const withFile = (state: FileState) => {
    const desired = desiredOf(one);
    const observed = World.running(desired).observe(desired);
    const plan = planStack(desired, { ...observed, files: new Map([...observed.files, ["tuning.env", state]]) });
    return { plan, text: planText(plan) };
  };

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

function container(parts: Partial<ObservedContainer>): ObservedContainer {
  return {
    id: "x",
    service: "store",
    instance: "store-1",
    state: "running",
    outOfMemory: false,
    image: "store:1",
    memoryLimit: mib(512),
    swapLimit: mib(512),
    cpuLimit: 2,
    identity: "",
    networks: {},
    ports: [],
    ...parts,
  };
}
