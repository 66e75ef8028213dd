/** Finds containers in which the kernel killed a process, or all of them, during a measurement. */
import type { SmokeRun } from "../core/results/measurement.ts";
import type { Engine } from "../core/machine/engine.ts";
import { inMib } from "../core/units.ts";

/**
 * Returns the run with the containers of its failed scenarios that had an out-of-memory kill within `elapsedMs`. The
 * sampler cannot see these: it ends with its container, or does not start for lack of memory. Never rejects.
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
