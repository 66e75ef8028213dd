import { describe, expect, test } from "vitest";
import { circumstancesOf } from "../../../stack/judge/causes/circumstances.ts";
import { limitedDisk, probeSuspects } from "../../../stack/judge/causes/probes.ts";
import { baselineOf, runLike, type Signature } from "../../support/judge/faults.ts";

function between(now: Signature, isPredicted = true) {
  const run = runLike("durable write", now, 2);
  const [scenario] = run.scenarios;
  if (scenario?.status !== "measured") throw new Error("nothing was measured");
  const circumstances = circumstancesOf(scenario, run, baselineOf("durable write"));
  return isPredicted ? circumstances : { ...circumstances, controls: undefined };
}

describe("the disk", () => {
  test("is this service's own limit or volume where only its container's synced writes are slow", () => {
    const [disk] = probeSuspects(between({ syncOwn: 6 }));
    expect(disk?.evidence).toBe(
      "a synced write in store's container takes 6.0 ms, in the baseline 1.0 ms; in other containers 1.0 ms, in the baseline 1.0 ms: its own limit or volume is slow, not the disk",
    );
    expect(disk?.explains).toBeCloseTo(Math.log1p(5 / 4), 1);
  });

  test("is slow for all where others' synced writes are slow too", () => {
    const slow = { syncOwn: 6, syncElsewhere: 6, syncFloor: 6 };
    const [disk] = probeSuspects(between(slow, false));
    expect(disk?.evidence).toContain("takes at least 6.0 ms, in the baseline 1.0 ms; it is slow for all services");
    expect(disk?.next).toContain("iostat");
  });

  test("comes later where the expectation includes that already", () => {
    const slow = { syncOwn: 6, syncElsewhere: 6, syncFloor: 6 };
    expect(probeSuspects(between(slow))).toEqual([]);
    expect(limitedDisk(between(slow)).length).toBeGreaterThan(0);
  });

  test("is not slow for this service where the slow probe was in the container of another", () => {
    expect(probeSuspects(between({ syncFloor: 6 }))).toEqual([]);
  });
});
