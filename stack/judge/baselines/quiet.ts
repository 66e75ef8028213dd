/** Whether a machine is quiet enough to record a baseline. Pure. */
import type { CpuUser, MachineLook } from "../../core/machine/look.ts";

/**
 * Share of the machine's cpus that others may use while nothing is measured. On 2 cpus ln(throughput) fell by 0.25 to
 * 0.75 per core of others, about 1 per share of the machine: a tenth costs about the default margin of 10 %.
 */
const OTHERS_SHARE = 0.1;
/** Cpu that the hypervisor takes is lost in full; a twentieth is the variation that runs have anyway. */
export const STEAL_SHARE = 0.05;
/** Users of less are not named. */
const NOTABLE_CORES = 0.05;
const NAMED_MAXIMUM = 3;

/**
 * Returns what keeps the machine from being quiet, as one sentence: "others use 1.2 of 2 cpus: node 0.9";
 * undefined if it is quiet.
 */
export function noiseOf({ cpus, otherCores, stealCores, own, others }: MachineLook): string | undefined {
  const found = [
    ...(otherCores > OTHERS_SHARE * cpus ? [`others use ${coresOf(otherCores, cpus)}${named(others)}`] : []),
    ...(stealCores > STEAL_SHARE * cpus ? [`the hypervisor takes ${coresOf(stealCores, cpus)}`] : []),
    ...own
      .filter(({ cores }) => cores > OTHERS_SHARE * cpus)
      .map(({ name, cores }) => `${name} itself uses ${coresOf(cores, cpus)} while nothing asks it`),
  ];
  return found.length === 0 ? undefined : found.join("; ");
}

/** "0.9 of 2 cpus". */
export function coresOf(cores: number, cpus: number): string {
  return `${cores.toFixed(1)} of ${cpus} cpus`;
}

function named(users: readonly CpuUser[]): string {
  const notable = users.filter(({ cores }) => cores >= NOTABLE_CORES).slice(0, NAMED_MAXIMUM);
  if (notable.length === 0) return "";
  return `: ${notable.map(({ name, cores }) => `${name} ${cores.toFixed(1)}`).join(", ")}`;
}
