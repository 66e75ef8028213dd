import { describe, expect, test } from "vitest";
import type { Resources } from "../../../stack/core/results/resources.ts";
import { usageOf } from "../../../stack/judge/causes/usage.ts";
import { blockOf, scenarioOf, seeded } from "../../support/judge/runs.ts";
import { sampled } from "../../support/judge/resources.ts";

const random = seeded(1);
const read = scenarioOf("store/read", [blockOf(random, 0.02)]);

/** Two scenarios by turns: samples of one must not count for the other. */
function byTurns(): Resources {
  const resources = sampled("store/read", {});
  const [container] = resources.containers;
  if (!container) throw new Error("no container");
  return {
    ...resources,
    containers: [
      {
        ...container,
        samples: container.samples.map((sample, index) => ({
          ...sample,
          throttled: index % 2 === 0 ? 0.8 : 0.1,
          memoryLimitHits: index % 2 === 0 ? 30 : 0,
        })),
      },
    ],
    // The sample after block n is number n + 1.
    blocks: resources.blocks.map((block, index) => ({
      ...block,
      scenario: index % 2 === 0 ? "store/read" : "store/write",
    })),
  };
}

describe("the usage of a scenario", () => {
  test("is that of its own blocks", () => {
    const [reads] = usageOf(read, { resources: byTurns() })?.containers ?? [];
    expect(reads?.throttled).toBeCloseTo(0.1);
    expect(reads?.limitHitsPerS).toBe(0);
    const [writes] = usageOf({ ...read, name: "store/write" }, { resources: byTurns() })?.containers ?? [];
    expect(writes?.throttled).toBeCloseTo(0.8);
    expect(writes?.limitHitsPerS).toBe(30);
  });

  test("leaves to others what neither the stack nor the client used", () => {
    const resources = sampled("store/read", { others: 0.7 });
    expect(usageOf(read, { resources })?.machine.otherCores).toBeCloseTo(0.7);
    expect(usageOf(read, { resources: { ...resources, clientInside: false } })?.machine.otherCores).toBeCloseTo(0.9);
  });

  test("passes over a sample that came so late that it covers two blocks", () => {
    const resources = byTurns();
    const [container] = resources.containers;
    if (!container) throw new Error("no container");
    const late = { ...container, samples: container.samples.filter((_, index) => index !== 1) };
    const usage = usageOf(read, { resources: { ...resources, containers: [late] } });
    expect(usage?.containers[0]?.throttled).toBeCloseTo(0.1);
  });

  test("holds only containers of the services that the scenario depends on", () => {
    const resources = sampled("queue/publish", {});
    expect(usageOf({ ...read, name: "queue/publish", services: ["queue"] }, { resources })?.containers).toEqual([]);
  });

  test("is unknown where the run was not sampled, or not while the scenario ran", () => {
    expect(usageOf(read, {})).toBeUndefined();
    expect(usageOf(read, { resources: sampled("queue/publish", {}) })).toBeUndefined();
  });
});
