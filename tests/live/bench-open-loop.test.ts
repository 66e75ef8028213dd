/** The open loop against real TCP servers on 127.0.0.1 whose behaviour the test knows. */
import { performance } from "node:perf_hooks";
import { afterEach, describe, expect, test } from "vitest";
import { measureBlock, type BlockOptions, type BlockOutcome } from "../../stack/measure/block.ts";
import { runOpenLoop } from "../../stack/load/open-loop.ts";
import { closeServers, scenario, serve, type Behaviour } from "../support/live/tcp.ts";

afterEach(closeServers);

const never = () => new AbortController().signal;
const options = (change: Partial<BlockOptions> = {}): BlockOptions => ({
  warmupMs: 100,
  windowMs: 1_000,
  signal: never(),
  ...change,
});

function measured(outcome: BlockOutcome) {
  if (!outcome.ok) throw new Error(outcome.reason);
  const { block, histogram } = outcome;
  return { ...block, schedule: block.schedule ?? { due: 0, late: 0, dropped: 0 }, histogram };
}

/** Answers at once, but for one second in ten in which every request waits until that second is over. */
function stalling(): Behaviour {
  const from = performance.now();
  return (answer) => {
    const second = ((performance.now() - from) / 1000) % 10;
    if (second < 5 || second >= 6) answer("ok");
    else setTimeout(() => answer("ok"), (6 - second) * 1000);
  };
}

describe("the open loop against a real server", () => {
  test(
    "shows a stall of one second in ten in its p99, which the closed loop does not",
    { timeout: 60_000 },
    async () => {
      const port = await serve(stalling());
      const times = options({ windowMs: 10_000 });
      const [open, closed] = await Promise.all([
        measureBlock(scenario(port, 8), { ...times, ratePerS: 100 }).then(measured),
        measureBlock(scenario(port, 8), times).then(measured),
      ]);
      // A tenth of all requests was due in the stall and waited half a second on average: the slowest hundredth nearly all.
      expect(open.histogram.getValueAtPercentile(99) / 1000).toBeGreaterThan(800);
      expect(open.schedule.due / 1000).toBeCloseTo(1, 1);
      expect(open.schedule.late).toBeGreaterThan(80); // all but the first eight of the stall found no free connection
      expect(open.schedule.dropped).toBe(0);
      expect(open.operations).toBe(open.schedule.due);
      // Eight operations among thousands met the stall.
      expect(closed.histogram.getValueAtPercentile(99) / 1000).toBeLessThan(800);
      expect(closed.histogram.maxValue / 1000).toBeGreaterThan(800);
      expect(closed.schedule.due).toBe(0);
    },
  );

  test("sends at the rate that was asked for, however fast the server is", async () => {
    const port = await serve((answer) => answer("ok"));
    const slow = measured(await measureBlock(scenario(port, 4), options({ ratePerS: 200 })));
    const fast = measured(await measureBlock(scenario(port, 4), options({ ratePerS: 400 })));
    expect(slow.schedule).toMatchObject({ due: 200, dropped: 0 });
    expect(fast.schedule).toMatchObject({ due: 400, dropped: 0 });
    expect(fast.operations).toBe(400);
    expect(fast.throughput / slow.throughput).toBeGreaterThan(1.6);
    expect(slow).not.toHaveProperty("littleDeviation");
  });

  test("counts what it drops when the server answers only half of the rate", async () => {
    const port = await serve((answer) => setTimeout(() => answer("ok"), 20));
    const run = await scenario(port, 4).open(4); // 4 in flight of 20 ms are at most 200 a second
    const outcome = await runOpenLoop(4, run, { ...options(), ratePerS: 400, waitingLimit: 10 });
    await run.close();
    if (!outcome.ok) throw new Error(outcome.reason);
    const { schedule, histogram, throughput } = outcome.measured;
    expect(schedule.due).toBe(400);
    expect(schedule.dropped / schedule.due).toBeGreaterThan(0.4);
    expect(histogram.totalCount + schedule.dropped).toBe(schedule.due);
    expect(throughput / 200).toBeLessThan(1.05);
    // Ten wait for four connections: a request that is not dropped waits for some two and a half operations.
    expect(histogram.getValueAtPercentile(50) / 1000 / 20).toBeGreaterThan(2);
  });

  test("measures at least one request where the window is shorter than the time between two", async () => {
    const port = await serve((answer) => answer("ok"));
    const block = measured(await measureBlock(scenario(port, 1), options({ ratePerS: 2, warmupMs: 1, windowMs: 50 })));
    expect(block.operations).toBe(1);
  });

  test("a server that refuses is a failure with the first reason", async () => {
    const port = await serve((answer) => answer("access denied"));
    const outcome = await measureBlock(scenario(port, 4), options({ ratePerS: 200 }));
    expect(outcome).toMatchObject({ ok: false, reason: "the server answered access denied" });
  });

  test("a server that stops answering fails at the operation's deadline", async () => {
    // Flights are looked at every 100 ms: both requests are over this deadline at the same look.
    const port = await serve(() => undefined);
    const outcome = await measureBlock(scenario(port, 2), options({ ratePerS: 1_000, operationDeadlineMs: 205 }));
    expect(outcome).toEqual({ ok: false, reason: "no answer within 205 ms", errors: 2 });
  });

  test("an abort ends the block with the signal's reason", async () => {
    const port = await serve((answer) => answer("ok"));
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("stop")), 300);
    const started = measureBlock(
      scenario(port, 2),
      options({ ratePerS: 100, windowMs: 60_000, signal: controller.signal }),
    );
    await expect(started).rejects.toThrow("stop");
  });
});
