/** Containers that did not survive a measurement. */
import type { SmokeRun } from "../bench/document.ts";
import type { ObservedContainer } from "../core/facts.ts";
import type { Engine } from "../core/runtime.ts";
import { inMib } from "../core/units.ts";

/**
 * The run with the containers that the kernel has ended since `before`, where a scenario failed: nobody can sample a
 * container that is gone. Never rejects: an engine that does not answer ends no measurement.
 */
export async function withKilled(
  run: SmokeRun,
  before: readonly ObservedContainer[],
  { engine, project }: { readonly engine: Engine; readonly project: string },
): Promise<SmokeRun> {
  if (!run.scenarios.some(({ status }) => status === "failed")) return run;
  const ended = new Set(before.filter(({ outOfMemory }) => outOfMemory).map(({ id }) => id));
  const after = await engine.containers(project).catch(() => []);
  const killed = after.filter(({ id, outOfMemory, state }) => outOfMemory && state !== "running" && !ended.has(id));
  if (killed.length === 0) return run;
  return {
    ...run,
    killed: killed.map(({ instance, service, memoryLimit }) => ({
      instance,
      service,
      memoryLimitMib: inMib(memoryLimit),
    })),
  };
}
