import { expect, test } from "vitest";
import { isMeasured } from "../../stack/core/results/baseline.ts";
import { latencyHistogram } from "../../stack/load/histogram.ts";
import { LoadToolRuns } from "../../stack/measure/load-tools.ts";
import { Track } from "../../stack/measure/tracks.ts";
import type { Bench, LoadTool, LoadToolResult } from "../../stack/core/service/scenario.ts";
import { blockOf, seeded } from "../support/judge/runs.ts";

const RESULT: LoadToolResult = { throughput: 5200, operations: 5200, meanMs: 0.8, p95Ms: 1.5 };
const bench: Bench = {
  scenarios: [],
  fingerprint: async () => ({}),
  setup: async () => undefined,
  teardown: async () => undefined,
};

/** A track with one block from the host, so that it has a result. */
function trackOf(run: LoadTool["run"] | undefined): Track {
  const scenario = {
    name: "store/get",
    title: "get",
    effect: "read",
    smoke: false,
    clients: 4,
    parameters: {},
    open: () => Promise.reject(new Error("not opened here")),
    ...(run && { loadTool: { tool: "store-benchmark", run } }),
  } as const;
  const track = new Track(scenario, { service: "store", bench });
  track.add({ ok: true, block: blockOf(seeded(1), 0.01), histogram: latencyHistogram() });
  return track;
}

const outcomeOf = (track: Track) => {
  const result = track.result();
  return isMeasured(result) ? result.native : undefined;
};
const never = () => new AbortController().signal;
const runsOf = (tracks: readonly Track[], budgetS = 60, signal = never()) =>
  new LoadToolRuns(tracks, { budgetS, signal });

test("the tool runs after each of the first blocks, with the scenario's clients, and never after the warm-up", async () => {
  const asked: number[] = [];
  const track = trackOf(async ({ clients }) => {
    asked.push(clients);
    return RESULT;
  });
  const tools = runsOf([track]);
  for (const block of [-1, 0, 1, 2, 3, 4, 5]) await tools.after(track, block);
  expect(asked).toEqual([4, 4, 4]);
  expect(outcomeOf(track)).toEqual({ status: "measured", tool: "store-benchmark", runs: [RESULT, RESULT, RESULT] });
});

test("a tool that fails is asked once, and the scenario keeps its figures from the host and says why", async () => {
  let asked = 0;
  const track = trackOf(() => {
    asked += 1;
    return Promise.reject(new Error("the image of store has no store-benchmark"));
  });
  const tools = runsOf([track]);
  for (const block of [0, 1, 2]) await tools.after(track, block);
  expect(asked).toBe(1);
  expect(track.result()).toMatchObject({
    status: "measured",
    native: { status: "absent", tool: "store-benchmark", reason: "the image of store has no store-benchmark" },
  });
  expect(tools.expectedMs([track], 1)).toBe(0);
});

test("a percentile of too few operations is not kept", async () => {
  const track = trackOf(async () => ({ ...RESULT, operations: 58 }));
  await runsOf([track]).after(track, 0);
  const outcome = outcomeOf(track);
  expect(outcome?.status === "measured" && outcome.runs[0]).toEqual({ throughput: 5200, operations: 58, meanMs: 0.8 });
});

test("its time is set aside from the budget, and a budget that is too short for it says so", () => {
  const tracks = [trackOf(async () => RESULT), trackOf(async () => RESULT), trackOf(undefined)];
  const ample = runsOf(tracks, 60);
  expect(ample.reservedS).toBeGreaterThan(6);
  expect(ample.reservedS).toBeLessThan(60 * 0.4);
  expect(ample.shortfall).toBeUndefined();
  const short = runsOf(tracks, 5);
  expect(short.reservedS).toBe(0);
  expect(short.shortfall).toMatch(/5 s are too short for the servers' own tools.*give \d+ s or more/);
  expect(runsOf([trackOf(undefined)], 1)).toMatchObject({ reservedS: 0, shortfall: undefined });
});

test("an interruption is passed on to the tool, and is no failure of it", async () => {
  const controller = new AbortController();
  let told: unknown;
  const track = trackOf(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          told = signal.reason;
          reject(new Error("ended"));
        });
      }),
  );
  const running = runsOf([track], 60, controller.signal).after(track, 0);
  controller.abort(new Error("stop"));
  await expect(running).rejects.toThrow("stop");
  expect(told).toEqual(new Error("stop"));
  expect(outcomeOf(track)).toBeUndefined();
});
