/** Compares the limits that the kernel really applies to the containers. */
import { selectedServices, type Desired } from "../core/desire/desire.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { Share } from "../core/service/service.ts";
import { bytes, formatBytes } from "../core/units.ts";
import type { World } from "./observe.ts";
import { byInstance } from "./targets.ts";

/** The kernel keeps a cpu quota in microseconds per period of 100 ms, and memory in pages. */
const CPU_TOLERANCE = 0.001;
const PAGE = 4096;

/** Resolves every container whose cgroup limits differ from the budget; an absent container differs too. */
export async function limitDifferences(
  { engine }: Pick<World, "engine">,
  desired: Desired,
  observed: readonly ObservedContainer[],
): Promise<readonly string[]> {
  const containers = byInstance(observed);
  const checks = selectedServices(desired).flatMap(({ share, instances }) =>
    instances.map(async ({ name }): Promise<string[]> => {
      const container = containers.get(name);
      if (!container) return [`${name} has no container`];
      const effective = await engine.effectiveLimits(container.id);
      return isEqual(effective, share) ? [] : [`${name} has ${text(effective)} by its cgroup, wanted ${text(share)}`];
    }),
  );
  return (await Promise.all(checks)).flat();
}

function isEqual(effective: Share, wanted: Share): boolean {
  return Math.abs(effective.cpus - wanted.cpus) <= CPU_TOLERANCE && Math.abs(effective.memory - wanted.memory) < PAGE;
}

function text({ memory, cpus }: Share): string {
  const size = Number.isFinite(memory) ? formatBytes(bytes(memory)) : "no limit of memory";
  return `${size} and ${Number.isFinite(cpus) ? cpus : "all"} cpus`;
}
