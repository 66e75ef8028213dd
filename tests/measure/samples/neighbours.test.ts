import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { watchNeighbours } from "../../../stack/measure/samples/neighbours.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";
import { fakeHost } from "../../support/fakes/host.ts";
import { sampled } from "../../support/judge/resources.ts";
import { runOf } from "../../support/judge/runs.ts";

const SELF = 50;
const OWN = "a".repeat(64);
const OTHER = "b".repeat(64);
/** Long enough that its own inaccuracy does not matter. */
const WATCHED_MS = 100;
/** What one core gives meanwhile, in ticks of /proc. */
const CORE_TICKS = WATCHED_MS / 10;

function scene(clientInside = true) {
  const engine = fakeEngine();
  const host = fakeHost();
  const run = runOf([], { resources: { ...sampled("store/write", {}), clientInside } });
  const put = (pid: number, command: string, ticks: number, group = "/user.slice", parent = 1) => {
    host.files.set(
      `/proc/${pid}/stat`,
      `${pid} (${command}) R ${parent} 1 1 0 -1 0 1 2 3 4 ${ticks} 0 0 0 20 0 1 0 7 0`,
    );
    host.files.set(`/proc/${pid}/cgroup`, `0::${group}`);
  };
  const watch = async (meanwhile: () => void) => {
    const neighbours = await watchNeighbours({ engine, own: [OWN], host, pid: SELF });
    await sleep(WATCHED_MS);
    meanwhile();
    return (await neighbours.of(run)).resources;
  };
  return { engine, host, run, put, watch };
}

describe("the neighbours of a stack", () => {
  test("are containers that are not the stack's, and processes, by name and cores, the largest first", async () => {
    const { engine, put, watch } = scene();
    engine.world.cpuTimes.push({ id: OTHER, name: "other-web", cpuS: 100 }, { id: OWN, name: "own", cpuS: 100 });
    put(70, "cc1", 1000);
    const resources = await watch(() => {
      const [other, own] = engine.world.cpuTimes;
      if (!other || !own) throw new Error("the containers are gone");
      const later = [other, own].map((container) => ({ ...container, cpuS: container.cpuS + WATCHED_MS / 4000 }));
      engine.world.cpuTimes.splice(0, 2, ...later);
      put(70, "cc1", 1000 + CORE_TICKS);
    });
    expect(resources?.neighbours?.map(({ name }) => name)).toEqual(["cc1", "container other-web"]);
    const [compiler, container] = resources?.neighbours ?? [];
    expect(compiler?.cores).toBeGreaterThan(0.5);
    expect(compiler?.cores).toBeLessThanOrEqual(1.05);
    expect(container?.cores).toBeGreaterThan(0.1);
    expect(container?.cores).toBeLessThanOrEqual(0.26);
  });

  test("are one for all processes of a name", async () => {
    const { put, watch } = scene();
    const resources = await watch(() => {
      for (const pid of [70, 71, 72]) put(pid, "browser", CORE_TICKS / 2);
    });
    expect(resources?.neighbours?.map(({ name }) => name)).toEqual(["browser"]);
    expect(resources?.neighbours?.[0]?.cores).toBeGreaterThan(0.75);
  });

  test("do not include a container's processes, which are the stack's or counted with their container", async () => {
    const { engine, put, watch } = scene();
    engine.world.cpuTimes.push({ id: OTHER, name: "other-web", cpuS: 0 });
    const resources = await watch(() => {
      put(70, "server", CORE_TICKS, `/docker/${OWN}`);
      put(71, "worker", CORE_TICKS, `/system.slice/docker-${OTHER}.scope`);
    });
    expect(resources?.neighbours).toEqual([]);
  });

  test("do not include many small processes of the stack's containers, which are much together", async () => {
    const { put, watch } = scene();
    const resources = await watch(() => {
      for (let pid = 70; pid < 90; pid += 1) put(pid, "server", 1, `/docker/${OWN}`);
    });
    expect(resources?.neighbours).toEqual([]);
  });

  test("do not include this process, what it started, and the engine", async () => {
    const { put, watch } = scene();
    const resources = await watch(() => {
      put(SELF, "node", CORE_TICKS);
      put(51, "ps", CORE_TICKS, "/user.slice", SELF);
      put(60, "docker-proxy", CORE_TICKS);
    });
    expect(resources?.neighbours).toEqual([]);
  });

  test("do not include the virtual machine that the stack is inside of, but one beside it", async () => {
    for (const inside of [false, true]) {
      const { put, watch } = scene(inside);
      const resources = await watch(() => {
        put(70, "qemu-system-x86", CORE_TICKS);
        put(71, "browser", CORE_TICKS);
      });
      const names = resources?.neighbours?.map(({ name }) => name).toSorted();
      expect(names).toEqual(inside ? ["browser", "qemu-system-x86"] : ["browser"]);
    }
  });

  test("are absent, with a note, where the engine gives no statistics at either end", async () => {
    for (const failing of [1, 2]) {
      const { engine, host, run } = scene();
      let asked = 0;
      const cpuTimes = async () => {
        asked += 1;
        if (asked === failing) throw new PlumblineError("ENGINE_REFUSED", { what: "no", why: "no", fix: "no" });
        return engine.cpuTimes([]);
      };
      const neighbours = await watchNeighbours({ engine: { cpuTimes }, own: [], host, pid: SELF });
      const { resources } = await neighbours.of(run);
      expect(resources?.neighbours).toBeUndefined();
      expect(resources?.notes[0]).toContain("who else uses cpu was not seen");
    }
  });

  test("leave a run alone that was not sampled", async () => {
    const { engine, host } = scene();
    const neighbours = await watchNeighbours({ engine, own: [], host, pid: SELF });
    const unsampled = runOf([]);
    expect(await neighbours.of(unsampled)).toBe(unsampled);
  });
});
