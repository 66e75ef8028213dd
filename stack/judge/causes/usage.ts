/** What one scenario used, computed from the samples taken during its blocks. Pure. */
import { mean, sum } from "simple-statistics";
import type { ContainerSample, MachineSample, Resources } from "../../core/results/resources.ts";
import type { MeasuredScenario, SmokeRun } from "../../core/results/measurement.ts";

/** Usage over the blocks of one scenario. */
export interface ContainerUsage {
  readonly instance: string;
  readonly service: string;
  readonly cpuLimit: number;
  readonly memoryLimitMib: number;
  readonly cpuCores: number;
  /** Share of the scheduler periods in which the cpu limit throttled the container. */
  readonly throttled: number;
  readonly limitHitsPerS: number;
  readonly pagesRereadPerS: number;
  /** Share of the time in which some of its tasks waited for memory; absent if the kernel does not report it. */
  readonly stalledMemory?: number;
  /**
   * Out-of-memory kills in the whole run, not only in the blocks: a scenario whose server was killed may not have
   * begun.
   */
  readonly oomKills: number;
}

export interface MachineUsage {
  readonly cpuCores: number;
  readonly stealCores: number;
  /** Cpu used by whatever is neither a container of this stack nor the client. */
  readonly otherCores: number;
  /** Share of the time in which some task of the machine waited for memory; absent if the kernel does not report it. */
  readonly stalledMemory?: number;
}

export interface Usage {
  /** Containers of the services that the scenario depends on. */
  readonly containers: readonly ContainerUsage[];
  readonly machine: MachineUsage;
}

/** Returns undefined if the run was not sampled, or if no sample belongs to the scenario. */
export function usageOf(scenario: MeasuredScenario, { resources }: Pick<SmokeRun, "resources">): Usage | undefined {
  if (!resources) return undefined;
  const blocks = resources.blocks.filter((block) => block.scenario === scenario.name);
  const machine = during(resources.machine, blocks);
  if (machine.length === 0) return undefined;
  const isOwn = ({ service }: { readonly service: string }) => scenario.services.includes(service);
  const containers = resources.containers.filter(isOwn).map((container) => containerUsage(container, blocks));
  const cpuCores = average(machine, (sample) => sample.cpuCores);
  const others = resources.containers.filter((container) => !isOwn(container));
  const stack = sum([
    ...containers.map((container) => container.cpuCores),
    ...others.map(({ samples }) => average(overlapping(samples, blocks), (sample) => sample.cpuCores)),
  ]);
  const client = resources.clientInside ? mean(scenario.blocks.map(({ loaderCpu }) => loaderCpu)) : 0;
  return {
    containers,
    machine: {
      cpuCores,
      stealCores: average(machine, ({ stealCores }) => stealCores),
      otherCores: Math.max(0, cpuCores - stack - client),
      ...stalledMemoryOf(machine),
    },
  };
}

type Blocks = Resources["blocks"];

function containerUsage(container: Resources["containers"][number], blocks: Blocks): ContainerUsage {
  const { instance, service, cpuLimit, memoryLimitMib, samples } = container;
  const taken = during(samples, blocks);
  const perS = (read: (sample: ContainerSample) => number) =>
    taken.length === 0 ? 0 : sum(taken.map(({ sample }) => read(sample))) / sum(taken.map(({ seconds }) => seconds));
  return {
    instance,
    service,
    cpuLimit,
    memoryLimitMib,
    cpuCores: average(taken, ({ cpuCores }) => cpuCores),
    throttled: average(taken, ({ throttled }) => throttled),
    limitHitsPerS: perS(({ memoryLimitHits }) => memoryLimitHits),
    pagesRereadPerS: perS(({ pagesReread }) => pagesReread),
    ...stalledMemoryOf(taken),
    oomKills: sum(samples.map(({ oomKills }) => oomKills)),
  };
}

function stalledMemoryOf(taken: readonly Taken<ContainerSample | MachineSample>[]) {
  const known = taken.filter(({ sample }) => sample.stalledMemory !== undefined);
  return known.length > 0 ? { stalledMemory: average(known, ({ stalledMemory }) => stalledMemory ?? 0) } : {};
}

interface Taken<Sample> {
  readonly sample: Sample;
  /** Seconds that the sample covers. */
  readonly seconds: number;
}

/**
 * Older runs sampled only before blocks: with the pause between two blocks, a sample covers more than one block length;
 * below two it covers no second block.
 */
const LENGTH_TOLERANCE = 2;

/**
 * Returns the samples that belong to a block: the middle of the sampled time (from the sample before to this one) lies
 * within the block, and the sampled time is not much longer than the block. The first sample is left out, because its
 * start is unknown.
 */
function during<Sample extends ContainerSample | MachineSample>(
  samples: readonly Sample[],
  blocks: Blocks,
): readonly Taken<Sample>[] {
  return samples.slice(1).flatMap((sample, index) => {
    const fromMs = samples[index]?.atMs ?? sample.atMs;
    const lengthMs = sample.atMs - fromMs;
    const middleMs = fromMs + lengthMs / 2;
    const belongs = blocks.some(
      (block) =>
        block.fromMs <= middleMs &&
        middleMs <= block.untilMs &&
        lengthMs <= LENGTH_TOLERANCE * (block.untilMs - block.fromMs),
    );
    return belongs && lengthMs > 0 ? [{ sample, seconds: lengthMs / 1000 }] : [];
  });
}

/**
 * Returns the samples that share some time with a block, with the seconds that they share. Containers of other services
 * are not sampled at the ends of a block, so their samples cover more than it.
 */
function overlapping(samples: readonly ContainerSample[], blocks: Blocks): readonly Taken<ContainerSample>[] {
  return samples.slice(1).flatMap((sample, index) => {
    const fromMs = samples[index]?.atMs ?? sample.atMs;
    const shared = (block: Blocks[number]) =>
      Math.max(0, Math.min(block.untilMs, sample.atMs) - Math.max(block.fromMs, fromMs));
    const seconds = sum(blocks.map(shared)) / 1000;
    return seconds > 0 ? [{ sample, seconds }] : [];
  });
}

function average<Sample>(taken: readonly Taken<Sample>[], read: (sample: Sample) => number): number {
  const seconds = sum(taken.map((each) => each.seconds));
  return seconds === 0 ? 0 : sum(taken.map((each) => each.seconds * read(each.sample))) / seconds;
}
