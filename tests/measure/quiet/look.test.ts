import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Counters } from "../../../stack/core/machine/counters.ts";
import { bytes } from "../../../stack/core/units.ts";
import { lookAtMachine } from "../../../stack/measure/quiet/look.ts";
import { containerOf } from "../../support/core/container.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";
import { fakeHost } from "../../support/fakes/host.ts";

const LOOK_MS = 200;
const SECONDS = 2;

const counters = (atS: number, cpuS: number, machine: Partial<Counters["machine"]> = {}): Counters => ({
  atS,
  cpuS,
  periods: 0,
  throttledPeriods: 0,
  throttledS: 0,
  memory: bytes(0),
  limitHits: 0,
  oomKills: 0,
  pagesReread: 0,
  machine: { bootId: "of another machine", cpuS: 0, stealS: 0, ...machine },
});

/** Two containers of a stack; `after` is what their counters say two seconds later, by the machine's clock. */
async function look(after: ReadonlyMap<string, Counters>, bootId?: string) {
  const store = containerOf({ id: "a".repeat(64), instance: "store-1" });
  const queue = containerOf({ id: "b".repeat(64), instance: "queue-1" });
  const engine = fakeEngine({ containers: [store, queue] });
  const before = counters(100, 5, { cpuS: 50, stealS: 1, ...(bootId === undefined ? {} : { bootId }) });
  for (const { id } of [store, queue]) engine.world.counters.set(id, before);
  const { signal } = new AbortController();
  const machine = { ...(await engine.facts()), cpus: 4 };
  const looking = lookAtMachine({
    engine,
    containers: [store, queue],
    machine,
    host: fakeHost(),
    signal,
    lookMs: LOOK_MS,
  });
  await sleep(LOOK_MS / 2);
  for (const { id, instance } of [store, queue]) {
    const later = after.get(instance);
    if (later) engine.world.counters.set(id, later);
  }
  return looking;
}

describe("a look at the machine", () => {
  test("tells what others use from what the stack's own containers use", async () => {
    const machine = { cpuS: 50 + 3 * SECONDS, stealS: 1 + 0.5 * SECONDS };
    const seen = await look(
      new Map([
        ["store-1", counters(100 + SECONDS, 5 + 0.25 * SECONDS, machine)],
        ["queue-1", counters(100 + SECONDS, 5 + SECONDS, machine)],
      ]),
    );
    expect(seen).toMatchObject({ cpus: 4, otherCores: 1.75, stealCores: 0.5, others: [] });
    expect(seen?.own).toEqual([
      { name: "queue-1", cores: 1 },
      { name: "store-1", cores: 0.25 },
    ]);
  });

  test.runIf(process.platform === "linux")("leaves out this process where it runs on the machine itself", async () => {
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const machine = { bootId, cpuS: 50 + 3 * SECONDS, stealS: 1 };
    const seen = await look(
      new Map(["store-1", "queue-1"].map((name) => [name, counters(100 + SECONDS, 5, machine)])),
      bootId,
    );
    expect(seen?.otherCores).toBeLessThan(3);
    expect(seen?.otherCores).toBeGreaterThan(3 - LOOK_MS / 1000 / SECONDS);
  });

  test("is none where the counters do not move", async () => {
    expect(await look(new Map())).toBeUndefined();
  });

  test("ends with its signal", async () => {
    const engine = fakeEngine({ containers: [] });
    const options = { engine, containers: [], machine: await engine.facts(), host: fakeHost() };
    await expect(lookAtMachine({ ...options, signal: AbortSignal.abort() })).rejects.toThrow();
  });
});
