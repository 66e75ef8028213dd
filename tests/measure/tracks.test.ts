import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import { latencyHistogram } from "../../stack/load/histogram.ts";
import { Track } from "../../stack/measure/tracks.ts";
import type { Bench, Scenario } from "../../stack/core/service/scenario.ts";
import { blockOf, seeded } from "../support/judge/runs.ts";

const scenario: Scenario = {
  name: "store/read",
  title: "read",
  effect: "read",
  clients: 4,
  parameters: {},
  smoke: true,
  open: () => Promise.reject(new Error("never opened here")),
};
const bench: Bench = {
  scenarios: [scenario],
  setup: () => Promise.resolve(),
  teardown: () => Promise.resolve(),
  fingerprint: () => Promise.resolve({}),
};

/** Blocks at the levels given; every block has one latency, its number in milliseconds. */
function trackOf(levels: readonly number[]): Track {
  const track = new Track(scenario, { service: "store", bench });
  for (const [index, level] of levels.entries()) {
    const histogram = latencyHistogram();
    histogram.recordValue((index + 1) * 1000);
    track.add({ ok: true, block: blockOf(seeded(1), 0, level), histogram });
    track.result(); // is asked for after every block
  }
  return track;
}

describe("a scenario under way", () => {
  test("leaves out the blocks of its warm-up with their latencies, and says so", () => {
    const track = trackOf([500, 1010, 990, 1000, 1005, 995, 1002, 998, 1001]);
    const result = track.result();
    if (result.status !== "measured") throw new Error(result.status);
    expect(result.blocks).toHaveLength(8);
    expect(track.blocks).toBe(9);
    expect(result.notes).toContain("the first block was warm-up");
    const histogram = decodeFromCompressedBase64(result.histogram);
    expect(histogram.totalCount).toBe(8);
    expect(histogram.minNonZeroValue).toBeGreaterThanOrEqual(1990);
  });

  test("that never settles has blocks and a reason, and no latencies to make figures of", () => {
    const result = trackOf([400, 500, 600, 700, 800, 900, 1000, 1100, 1200]).result();
    expect(result).toMatchObject({ status: "unsteady", blocks: { length: 9 } });
    expect(result).not.toHaveProperty("histogram");
    expect(result.status === "unsteady" && result.reason).toMatch(/^throughput rose by \d+ % .* did not settle$/);
  });

  test("that failed is failed, whatever it measured before", () => {
    const track = trackOf([1000, 1000]);
    track.add({ ok: false, reason: "access denied", errors: 3 });
    expect(track.result()).toMatchObject({ status: "failed", reason: "access denied", errors: 3 });
  });
});
