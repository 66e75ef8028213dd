import { describe, expect, test } from "vitest";
import { runSmoke } from "../../stack/measure/smoke.ts";
import type { NamedBench } from "../../stack/measure/tracks.ts";
import { fakeServices, runOptions } from "../support/measure/services.ts";

/** Longer than any block of the run. */
const STOP_MS = 2_000;

/** As SIGSTOP does it, and a sleeping computer whose clock goes on. */
function stop(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, STOP_MS);
}

/** A service whose client is stopped in the middle of one operation of a block of each kind. */
function stoppedIn(opened: readonly number[], { bench, ...named }: NamedBench): NamedBench {
  let blocks = 0;
  const scenarios = bench.scenarios.map((scenario) => ({
    ...scenario,
    open: async (clients: number) => {
      const run = await scenario.open(clients);
      blocks += 1;
      let isDue = opened.includes(blocks);
      return {
        ...run,
        operation: async (client: number) => {
          const done = run.operation(client);
          if (isDue) stop();
          isDue = false;
          return done;
        },
      };
    },
  }));
  return { ...named, bench: { ...bench, scenarios } };
}

describe("a run whose process is stopped", { timeout: 60_000 }, () => {
  test("has no block of that time, as many as without, and says for how long", async () => {
    const { benches } = fakeServices(["store"]);
    const run = await runSmoke(runOptions({ benches: benches.map((bench) => stoppedIn([1, 3, 4], bench)) }));
    expect(run.complete).toBe(true);
    const [scenario] = run.scenarios;
    if (scenario?.status !== "measured") throw new Error(`not measured: ${JSON.stringify(scenario)}`);
    expect(scenario.blocks.length).toBeGreaterThanOrEqual(run.plan.looks[0] ?? 1);
    for (const { meanMs, operations } of scenario.blocks) expect(meanMs * operations).toBeLessThan(STOP_MS);
    expect(run.stoppedS).toBeGreaterThanOrEqual((3 * STOP_MS) / 1000);
    expect(run.warnings.join("\n")).toContain(`was stopped for ${run.stoppedS} s`);
  });

  test("that never was says nothing of it", async () => {
    const run = await runSmoke(runOptions(fakeServices(["store"])));
    expect(run).not.toHaveProperty("stoppedS");
  });
});
