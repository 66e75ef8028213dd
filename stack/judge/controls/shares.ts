/** Blocks of two sides whose "others" mean the same. Pure. */
import { isMeasured, type RecordedBaseline } from "../../core/results/baseline.ts";
import type { Block, SmokeRun } from "../../core/results/measurement.ts";

/**
 * Returns both as they are if the container engine's cpu is known in every block that has a share of the machine, and
 * otherwise counts it among the others everywhere, as readings that cannot see it do.
 */
export function withSameShares(
  run: SmokeRun,
  baseline: RecordedBaseline,
): { readonly run: SmokeRun; readonly baseline: RecordedBaseline } {
  const shares = [run, ...baseline.runs].flatMap(({ scenarios }) =>
    scenarios.filter(isMeasured).flatMap(({ blocks }) => blocks.flatMap(({ machine }) => machine ?? [])),
  );
  const known = shares.filter(({ engineCores }) => engineCores !== undefined).length;
  if (known === 0 || known === shares.length) return { run, baseline };
  return { run: together(run), baseline: { ...baseline, runs: baseline.runs.map(together) } };
}

function together(run: SmokeRun): SmokeRun {
  const scenarios = run.scenarios.map((each) =>
    isMeasured(each) ? { ...each, blocks: each.blocks.map(withEngineAmongOthers) } : each,
  );
  return { ...run, scenarios };
}

function withEngineAmongOthers({ machine, ...block }: Block): Block {
  if (machine === undefined) return block;
  const { engineCores = 0, otherCores, ...rest } = machine;
  return { ...block, machine: { ...rest, otherCores: otherCores + engineCores } };
}
