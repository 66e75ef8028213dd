import { describe, expect, test } from "vitest";
import type { Block, SmokeRun } from "../../../stack/core/results/measurement.ts";
import { withReadBlocks } from "../../../stack/judge/controls/read-blocks.ts";
import { BARE, startRun } from "../../support/judge/company.ts";
import { seeded } from "../../support/judge/runs.ts";

/** A run whose first scenario lacks the readings of some of its ten blocks. */
function runWithout(unread: readonly number[]): SmokeRun {
  const started = startRun(seeded(1));
  started.upTo(10, started.names);
  const run = started.result(BARE);
  const scenarios = run.scenarios.map((scenario, index) =>
    index === 0 && scenario.status === "measured"
      ? { ...scenario, blocks: scenario.blocks.map((block, place) => (unread.includes(place) ? bare(block) : block)) }
      : scenario,
  );
  return { ...run, scenarios };
}

function bare(block: Block): Block {
  const { work: _, machine: __, ...rest } = block;
  return rest;
}

const blocksOf = ({ scenarios: [first] }: SmokeRun) => (first?.status === "measured" ? first.blocks : []);

describe("blocks whose containers could not be read", () => {
  test("are left out where they are few", () => {
    const run = runWithout([3, 7]);
    const left = blocksOf(withReadBlocks(run));
    expect(left).toHaveLength(8);
    expect(left.every(({ work }) => work !== undefined)).toBe(true);
    expect(withReadBlocks(run).scenarios[1]).toBe(run.scenarios[1]);
  });

  test("stay where they are many, or where too few would be left", () => {
    expect(blocksOf(withReadBlocks(runWithout([1, 2, 3])))).toHaveLength(10);
    const short = runWithout([0]);
    const scenarios = short.scenarios.map((each) =>
      each.status === "measured" ? { ...each, blocks: each.blocks.slice(0, 6) } : each,
    );
    expect(blocksOf(withReadBlocks({ ...short, scenarios }))).toHaveLength(6);
  });

  test("change nothing, not even the identity of the run, where all were read", () => {
    const run = runWithout([]);
    expect(withReadBlocks(run)).toBe(run);
  });
});
