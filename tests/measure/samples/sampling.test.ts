import { describe, expect, test } from "vitest";
import { resourcesSchema } from "../../../stack/core/results/resources.ts";
import { resourcesOf, type SampledRun } from "../../../stack/measure/samples/sampling.ts";
import { IdleTimes } from "../../../stack/measure/samples/idle.ts";
import { countersAt } from "../../support/counters.ts";
import type { Counters } from "../../../stack/core/machine/counters.ts";

const runOf = (reads: readonly Counters[], change: Partial<SampledRun> = {}): SampledRun => ({
  machineReads: reads,
  idle: new IdleTimes(),
  containers: [{ instance: "store", service: "store", cpuLimit: 1.5, memoryLimitMib: 64, reads }],
  machine: { cpus: 4, memoryMib: 8192 },
  startedAtS: 100,
  clientInside: true,
  blocks: [],
  notes: [],
  ...change,
});

describe("samples", () => {
  test("are what was used between two reads, at the time of the later one", () => {
    const machine = { bootId: "a", cpuS: 6, stealS: 1 };
    const later = countersAt(102, {
      cpuS: 3,
      periods: 20,
      throttledPeriods: 5,
      limitHits: 7,
      oomKills: 1,
      pagesReread: 9,
      machine,
    });
    const resources = resourcesOf(runOf([countersAt(100), later]));
    expect(resources?.containers[0]).toEqual({
      instance: "store",
      service: "store",
      cpuLimit: 1.5,
      memoryLimitMib: 64,
      samples: [
        {
          atMs: 2000,
          cpuCores: 1.5,
          throttled: 0.25,
          memoryMib: 10,
          memoryLimitHits: 7,
          oomKills: 1,
          pagesReread: 9,
        },
      ],
    });
    expect(resources?.machine).toEqual([{ atMs: 2000, cpuCores: 3, stealCores: 0.5 }]);
  });

  test("hold pressure only where the kernel keeps it", () => {
    const before = countersAt(100, { stalled: { cpu: 1, io: 0, memory: 0 } });
    const resources = resourcesOf(runOf([before, countersAt(102, { stalled: { cpu: 2, io: 0, memory: 0 } })]));
    expect(resources?.containers[0]?.samples[0]).toMatchObject({ stalledCpu: 0.5, stalledIo: 0 });
    expect(resources?.machine[0]).not.toHaveProperty("stalledCpu");
  });

  test("count from zero again after a restart of the container, never below it", () => {
    const resources = resourcesOf(
      runOf([countersAt(100, { cpuS: 50, periods: 9 }), countersAt(101, { cpuS: 1, periods: 2 })]),
    );
    expect(resources?.containers[0]?.samples[0]).toMatchObject({ cpuCores: 0, throttled: 0 });
  });

  test("leave out reads that the machine's clock cannot tell apart", () => {
    expect(
      resourcesOf(runOf([countersAt(100), countersAt(100), countersAt(101)]))?.containers[0]?.samples,
    ).toHaveLength(1);
    expect(resourcesOf(runOf([countersAt(100), countersAt(100)]))).toBeUndefined();
  });

  test("give the machine's size as the limit of a container that has none", () => {
    const free = { instance: "store", service: "store", cpuLimit: Infinity, memoryLimitMib: Infinity };
    const resources = resourcesOf(
      runOf([], {
        containers: [{ ...free, reads: [countersAt(100), countersAt(101)] }],
        machineReads: [countersAt(100), countersAt(101)],
      }),
    );
    expect(resources?.containers[0]).toMatchObject({ cpuLimit: 4, memoryLimitMib: 8192 });
    expect(resourcesSchema.safeParse(resources).success).toBe(true);
  });

  test("are none where no container was read twice", () => {
    expect(resourcesOf(runOf([countersAt(100)]))).toBeUndefined();
  });
});
