/** Containers of which the kernel ended a process, or the whole, during a measurement. */
import type { SmokeRun } from "../core/results/measurement.ts";
import type { Engine } from "../core/machine/engine.ts";
import { inMib } from "../core/units.ts";

/**
 * The run with the containers of its failed scenarios that lost a process to their memory limit within `elapsedMs`: what
 * no sampler can see that ends with them, or finds no memory to begin with. Never rejects.
 */
export async function withKilled(
  run: SmokeRun,
  elapsedMs: number,
  { engine, project }: { readonly engine: Engine; readonly project: string },
): Promise<SmokeRun> {
  const failed = new Set(run.scenarios.filter(({ status }) => status === "failed").flatMap(({ services }) => services));
  if (failed.size === 0) return run;
  try {
    const [ids, containers] = await Promise.all([engine.oomSince(project, elapsedMs), engine.containers(project)]);
    const killed = containers
      .filter(({ id, service }) => ids.includes(id) && failed.has(service))
      .map(({ instance, service, memoryLimit }) => ({ instance, service, memoryLimitMib: inMib(memoryLimit) }));
    return killed.length === 0 ? run : { ...run, killed };
  } catch {
    return run;
  }
}
