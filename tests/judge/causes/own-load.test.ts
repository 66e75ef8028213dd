import { describe, expect, test } from "vitest";
import { idleWarnings, ownLoads } from "../../../stack/judge/causes/own-load.ts";
import type { IdleUse } from "../../../stack/core/results/work.ts";
import { baselineOf, runLike } from "../../support/judge/faults.ts";
import { runOf } from "../../support/judge/runs.ts";

const idleRun = (idle: IdleUse) => runLike("read", { used: { idle } });
const usual = baselineOf("read", [idleRun({ cpuCores: 0.02 }), idleRun({ cpuCores: 0.05 })]);

describe("a load of a container's own", () => {
  test("is cpu that it uses while idle, beyond every run of the baseline, with a warning", () => {
    const run = idleRun({ cpuCores: 0.9, wantedCores: 0.95 });
    expect(ownLoads(run, usual)).toMatchObject([{ instance: "store", usedCores: 0.9 }]);
    expect(idleWarnings(run, usual)).toEqual([
      "other load inside store's container: 0.9 cpus used, while none of its scenarios ran, in the baseline 0.04 used: see docker top $(docker ps -q --filter label=plumbline.instance=store)",
    ]);
  });

  test("is what it wants where the limit gives it less", () => {
    const [warning] = idleWarnings(idleRun({ cpuCores: 1.5, wantedCores: 3.1 }), usual);
    expect(warning).toContain("3.1 cpus wanted of the 1.5 that it may use, while none of its scenarios ran");
  });

  test("is not what an idle server's threads wait for beside other load", () => {
    expect(ownLoads(idleRun({ cpuCores: 0.06, wantedCores: 0.8 }), usual)).toEqual([]);
  });

  test("is seen in a container that may use little", () => {
    const run = runLike("read", { used: { cpuLimit: 0.2, idle: { cpuCores: 0.19, wantedCores: 2 } } });
    expect(ownLoads(run, usual)).toHaveLength(1);
  });

  test("is not housekeeping, nor what the baseline used too", () => {
    expect(ownLoads(idleRun({ cpuCores: 0.15 }), usual)).toEqual([]);
    const busy = baselineOf("read", [idleRun({ cpuCores: 0.8 })]);
    expect(ownLoads(idleRun({ cpuCores: 0.9 }), busy)).toEqual([]);
  });

  test("is seen against a baseline that does not know idle use, and in no run that does not know it", () => {
    const unsampled = runLike("read");
    const without = runOf(unsampled.scenarios);
    const old = baselineOf("read", [without]);
    expect(ownLoads(idleRun({ cpuCores: 0.9 }), old)).toHaveLength(1);
    expect(idleWarnings(idleRun({ cpuCores: 0.9 }), old)[0]).not.toContain("in the baseline");
    expect(ownLoads(without, usual)).toEqual([]);
  });
});
