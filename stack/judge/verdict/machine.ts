/** The machine during a run, compared with the baseline's runs. Pure. */
import { mean, sampleVariance } from "simple-statistics";
import { isMeasured, type RecordedBaseline } from "../../core/results/baseline.ts";
import type { SmokeRun } from "../../core/results/measurement.ts";
import type { MachineVerdict } from "../../core/results/verdict.ts";

/** Below this, the cores are what the scheduler gives to other processes on any machine. */
const NOTABLE_CORES = 0.1;
/** Beyond this many deviations of the baseline's runs, the machine is another than at the baseline. */
const DEVIATIONS = 3;
/** Throughput lost to others per share of the cpus that they take, on the log scale. */
const LOSS_PER_SHARE = 0.9;

/** Returns undefined if the run or the baseline was not sampled. */
export function machineVerdict(run: SmokeRun, baseline: RecordedBaseline): MachineVerdict | undefined {
  const now = otherCoresOf(run);
  const runs = baseline.runs.flatMap((recorded) => otherCoresOf(recorded) ?? []);
  if (now === undefined || runs.length === 0) return undefined;
  const before = mean(runs);
  const deviation = runs.length < 2 ? 0 : Math.sqrt(sampleVariance(runs));
  const isBusy = now - before > Math.max(NOTABLE_CORES, DEVIATIONS * deviation);
  const { cpus } = run.fingerprint;
  const loss = isBusy ? (LOSS_PER_SHARE * (now - before)) / cpus : 0;
  return {
    state: isBusy ? "busy" : "as at the baseline",
    summary: `others use ${now.toFixed(1)} of ${cpus} cpus, at the baseline ${before.toFixed(1)}`,
    loss,
    otherCores: { now, before },
    neighbours: run.resources?.neighbours ?? [],
  };
}

/** Returns the mean cpu of others and of the hypervisor over all blocks; undefined if no block was sampled. */
function otherCoresOf({ scenarios }: SmokeRun): number | undefined {
  const shares = scenarios.filter(isMeasured).flatMap(({ blocks }) => blocks.flatMap(({ machine }) => machine ?? []));
  return shares.length === 0 ? undefined : mean(shares.map(({ otherCores, stealCores }) => otherCores + stealCores));
}
