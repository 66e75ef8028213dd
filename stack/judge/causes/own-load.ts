/**
 * Other processes in a service's own container: cpu that it uses while none of its scenarios runs. An idle server uses
 * next to nothing. Pure.
 */
import { mean } from "simple-statistics";
import type { RecordedBaseline } from "../../core/results/baseline.ts";
import type { MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";
import type { Resources } from "../../core/results/resources.ts";
import type { IdleUse } from "../../core/results/work.ts";
import { dockerOf, rounded, waiting, type Suspect } from "./losses.ts";

/** A container that uses, or wants, more cpu while idle than in any run of the baseline. Figures in cores. */
export interface OwnLoad {
  readonly instance: string;
  readonly service: string;
  readonly cpuLimit: number;
  readonly usedCores: number;
  readonly wantedCores: number;
  /** Mean use in the baseline; absent if no run of it knows. */
  readonly usualCores?: number;
  /** How much more is used or wanted than in the baseline. */
  readonly moreCores: number;
}

/** Less comes from housekeeping: checkpoints, statistics, health checks. */
const NOTABLE_CORES = 0.15;
/** Of a limit so small that the load itself stays below that. */
const NOTABLE_SHARE = 0.5;
/** Assumed for a baseline that does not know idle use: enough for a server with timers. */
const ASSUMED_CORES = 0.1;

/** Returns the containers with such a load, the largest first. */
export function ownLoads({ resources }: SmokeRun, baseline: RecordedBaseline): readonly OwnLoad[] {
  return (resources?.containers ?? [])
    .flatMap((container) => loadOf(container, baseline) ?? [])
    .toSorted((left, right) => right.moreCores - left.moreCores);
}

type SampledContainer = Resources["containers"][number];

function loadOf({ idle, ...container }: SampledContainer, baseline: RecordedBaseline): OwnLoad | undefined {
  if (!idle) return undefined;
  const { instance, service, cpuLimit } = container;
  const usual = baseline.runs.flatMap(({ resources }) =>
    (resources?.containers ?? []).filter((same) => same.instance === instance).flatMap((same) => same.idle ?? []),
  );
  const most = (read: (use: IdleUse) => number) => (usual.length === 0 ? ASSUMED_CORES : Math.max(...usual.map(read)));
  // Beside other load, the threads of an idle server wait too: what is wanted counts only if something is used.
  const usedMore = idle.cpuCores - most(({ cpuCores }) => cpuCores);
  if (usedMore < Math.min(NOTABLE_CORES, NOTABLE_SHARE * cpuLimit)) return undefined;
  const moreCores = Math.max(usedMore, wanted(idle) - most(wanted));
  return {
    instance,
    service,
    cpuLimit,
    usedCores: idle.cpuCores,
    wantedCores: wanted(idle),
    ...(usual.length > 0 && { usualCores: mean(usual.map(({ cpuCores }) => cpuCores)) }),
    moreCores,
  };
}

function wanted({ cpuCores, wantedCores = 0 }: IdleUse): number {
  return Math.max(cpuCores, wantedCores);
}

function hundredths(cores: number): number {
  return Number(cores.toFixed(2));
}

/** Returns "other load inside store's container: 3.1 cpus wanted of the 1.5 that it may use, while …". */
function sentenceOf({ instance, cpuLimit, usedCores, wantedCores, usualCores }: OwnLoad): string {
  const use =
    wantedCores > cpuLimit
      ? `${hundredths(wantedCores)} cpus wanted of the ${rounded(cpuLimit)} that it may use`
      : `${hundredths(usedCores)} cpus used`;
  const usually = usualCores === undefined ? "" : `, in the baseline ${hundredths(usualCores)} used`;
  return `other load inside ${instance}'s container: ${use}, while none of its scenarios ran${usually}`;
}

interface Loaded {
  readonly scenario: Pick<MeasuredScenario, "services">;
  /** Cpus of the machine. */
  readonly cpus: number;
  readonly loads: readonly OwnLoad[];
}

/** At most, the load takes so much of the cpu that the container may use. */
export function ownLoadSuspects({ scenario, cpus, loads }: Loaded): readonly Suspect[] {
  return loads
    .filter(({ service }) => scenario.services.includes(service))
    .map((load) => ({
      kind: "own load",
      explains: waiting(load.moreCores / Math.min(load.cpuLimit, cpus)),
      evidence: sentenceOf(load),
      next: dockerOf("top", load.instance),
    }));
}

/** Returns a warning for each container with a load of its own, also if no scenario became slower. */
export function idleWarnings(run: SmokeRun, baseline: RecordedBaseline): readonly string[] {
  return ownLoads(run, baseline).map((load) => `${sentenceOf(load)}: see ${dockerOf("top", load.instance)}`);
}
