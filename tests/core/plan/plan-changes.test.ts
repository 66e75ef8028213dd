import { describe, expect, test } from "vitest";
import { bytes, gib, KIB, mib } from "../../../stack/core/units.ts";
import { planText } from "../../../stack/core/plan/plan-text.ts";
import { planStack } from "../../../stack/core/plan/plan.ts";
import type { Confinement } from "../../../stack/core/service/confinement.ts";
import { planned, withoutFiles } from "../../support/core/planned.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";
import { World } from "../../support/fakes/world.ts";

const one = profileOf();
const small = profileOf({ machine: { cpus: 1, memory: gib(1), disk: gib(9) } });

const withCpus = (cpuLimit: number) => planned(one, (world) => world.change("store-1", { cpuLimit }));

/** What is done, without the reasons, to a container that exited with this limit. */
const stopped = (memory: number) =>
  planned(one, (world) =>
    world.change("store-1", { state: "exited", exitCode: 0, memoryLimit: bytes(memory), swapLimit: bytes(memory) }),
  )
    .split("\n")
    .map((line) => line.split(":")[0]);

const WAIT_FOR_STORE = "    wait for store-1; prepare store; wait until store works";

describe("limits", () => {
  test("that grow must grow before the servers are told to use them", () => {
    expect(planned(one, undefined, { before: small })).toBe(
      [
        "  write compose.yaml: the profile or the machine gives other values",
        "  write tuning.env: the profile or the machine gives other values",
        "  write conf/store-1/store.conf: the profile or the machine gives other values",
        "  raise limits of store-1: the budget gives 512 MiB and 2 cpus, the container has 256 MiB and 1 cpus",
        "  restart store-1 (its connections end): cache is 128 MiB, wanted 256 MiB, threads is 1, wanted 2",
        "    wait for store-1; prepare store; wait until store works: store-1 is restarted",
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
    expect(withCpus(1)).toBe(
      "  raise limits of store-1: the budget gives 512 MiB and 2 cpus, the container has 512 MiB and 1 cpus",
    );
    expect(withCpus(3)).toBe(
      "  lower limits of store-1: the budget gives 512 MiB and 2 cpus, the container has 512 MiB and 3 cpus",
    );
    expect(withCpus(2.0004)).toBe("  nothing to do");
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
    expect(stopped(mib(256))).toEqual(["  raise limits of store-1", "  start store-1", WAIT_FOR_STORE]);
    expect(stopped(gib(1))).toEqual(["  start store-1", WAIT_FOR_STORE, "  lower limits of store-1"]);
  });
});

/** After somebody made the container of store-1 with these rights. */
const differing = (parts: Partial<Confinement>) =>
  planned(one, (world) => {
    const found = world.find("store-1") ?? expect.fail("no store-1");
    world.change("store-1", { confinement: { ...found.confinement, ...parts } });
  });

describe("rights", () => {
  test("that somebody gave a container by hand must be taken away with it, and the plan must name each", () => {
    const ports = ["127.0.0.1:7000:7000/tcp", "127.0.0.2:7000:7000/tcp"];
    expect(differing({ ports, addedCapabilities: ["SYS_ADMIN"] })).toBe(
      "  recreate store-1: it has cap_add SYS_ADMIN; port 127.0.0.2:7000:7000/tcp beyond its definition\n" +
        "    wait for store-1; prepare store; wait until store works: store-1 is made anew",
    );
  });

  test("that somebody did not take from a container must be taken, also while it is stopped", () => {
    const text = planned(one, (world) => {
      const found = world.find("store-1") ?? expect.fail("no store-1");
      const confinement = { ...found.confinement, droppedCapabilities: [], processes: 0 };
      world.change("store-1", { state: "exited", exitCode: 0, confinement });
    });
    expect(text).toContain("  recreate store-1: it lacks cap_drop ALL; pids_limit 1024\n");
  });

  test("with mounts of the stack's folder must be the same wherever that folder is", () => {
    const desired = desiredOf(one);
    const world = World.running(desired);
    const found = world.find("store-1") ?? expect.fail("no store-1");
    const mounts = found.confinement.mounts.map((mount) => ({
      ...mount,
      source: mount.source?.replace(/^\./, "/srv/shop") ?? "",
    }));
    world.change("store-1", { confinement: { ...found.confinement, mounts } });
    const planIn = (folder: string) => planText(planStack(desired, { ...world.observe(desired), folder }));
    expect(planIn("/srv/shop")).toBe("  nothing to do");
    expect(planIn("/srv/other")).toContain(
      "  recreate store-1: it has mount /srv/shop/conf/store-1 at /etc/plumbline, read-only",
    );
  });
});

const WAIT = "\n    wait for store-1; prepare store; wait until store works: store-1 is restarted";

/** The world after the server of store-1 answered this. */
const reports = (setting: string, value: string | number) => (world: World) =>
  world.report("store-1", setting, { value });

describe("settings", () => {
  test("that can change on a running server must be applied live", () => {
    expect(planned(one, reports("cache", mib(64)))).toBe("  apply live to store-1: cache is 64 MiB, wanted 256 MiB");
  });

  test("that need a restart must restart the server, and take the live ones along", () => {
    const plan = planned(one, (world) => {
      reports("sync", "off")(world);
      reports("threads", 7)(world);
    });
    expect(plan).toBe("  restart store-1 (its connections end): sync is off, wanted on, threads is 7, wanted 2" + WAIT);
  });

  test("that need a new container must recreate it, and nothing else is done to it", () => {
    const plan = planned(one, (world) => {
      reports("format", "columns")(world);
      reports("threads", 7)(world);
      world.change("store-1", { memoryLimit: gib(1), swapLimit: gib(1) });
    });
    expect(plan).toBe(
      "  recreate store-1: threads is 7, wanted 2, format is columns, wanted rows\n" +
        "    wait for store-1; prepare store; wait until store works: store-1 is made anew",
    );
  });

  test("that the server does not report must be applied, and the plan must say so", () => {
    expect(planned(one, (world) => world.report("store-1", "timeout", undefined))).toBe(
      "  apply live to store-1: timeout is not reported (wanted 5 s)",
    );
  });

  test("that something else has set, or that wait for a restart, must be named with that", () => {
    const plan = planned(one, (world) => {
      world.report("store-1", "sync", { value: "off", origin: "command line" });
      world.report("store-1", "threads", { value: 1, pendingRestart: true });
    });
    expect(plan).toBe(
      "  restart store-1 (its connections end): sync is off, wanted on, set by command line, threads is 1, wanted 2, waits for a restart" +
        WAIT,
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
