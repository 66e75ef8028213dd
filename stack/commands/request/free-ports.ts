/** Ensures that the ports of a stack are free before images are obtained, which is the earliest possible moment. */
import { portsOf, refusePorts, takenPorts } from "../../converge/ports.ts";
import type { SizedService } from "../../core/desire/desire.ts";
import type { Engine } from "../../core/machine/engine.ts";
import type { Runtime } from "../../core/machine/runtime.ts";
import type { Profile } from "../../core/profile/profile.ts";
import { projectName } from "../../core/stack-names.ts";
import type { UpControls } from "./up-options.ts";

interface Place {
  readonly engine: Pick<Engine, "containers" | "runningContainers">;
  readonly runtime: Pick<Runtime, "endpoint" | "forwards" | "releasePorts">;
}

interface Stack {
  readonly stack: string;
  readonly profile: Pick<Profile, "portOffset">;
}

/**
 * Rejects with PORT_TAKEN. A port that the machine forwards for nobody is released first, which starts the engine in the
 * machine again: only while the engine says that no container runs in it, whoever made
 * it; an engine that does not say it is a failure.
 */
export async function ensurePorts(
  { engine, runtime }: Place,
  { stack, profile }: Stack,
  services: readonly SizedService[],
  { report, signal }: Pick<UpControls, "report" | "signal">,
): Promise<void> {
  const ports = portsOf(services, profile);
  const look = async () => takenPorts(runtime, ports, await engine.containers(projectName(stack)));
  const taken = await look();
  const isForwarded = taken.length > 0 && taken.every(({ forwarded }) => forwarded);
  if (!isForwarded || runtime.releasePorts === undefined || (await engine.runningContainers()).length > 0) {
    refusePorts(taken);
    return;
  }
  const names = taken.map(({ port }) => port).join(", ");
  report({
    kind: "step-started",
    id: "ports",
    title: "release ports",
    because: `the machine forwards ${names} for containers that do not run`,
  });
  const note = (detail: string) => report({ kind: "step-progress", id: "ports", detail });
  await runtime.releasePorts(async () => (await takenPorts(runtime, ports, [])).length === 0, note, signal);
  report({ kind: "step-done", id: "ports" });
  refusePorts(await look());
}
