/** Checks whether the ports that a stack publishes are free. */
import { isStart, type Action } from "../core/plan/action.ts";
import type { Desired, DesiredInstance, SizedService } from "../core/desire/desire.ts";
import { PlumblineError } from "../core/errors.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { Profile } from "../core/profile/profile.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { Runtime } from "../core/machine/runtime.ts";
import { projectName } from "../core/stack-names.ts";
import { isPortFree, listenerOf } from "../host/ports.ts";

export interface TakenPort {
  readonly port: number;
  readonly instance: string;
  /** "nginx (pid 812)", if known. */
  readonly by: string | undefined;
}

/** The part of a runtime that knows where ports are published. */
type Places = Pick<Runtime, "endpoint">;

type Ports = Pick<DesiredInstance, "name"> & { readonly ports: readonly { readonly published: number }[] };

/**
 * Rejects with PORT_TAKEN before images are obtained and credentials generated, which is the earliest possible moment.
 */
export async function refuseForeignPorts(
  { engine, runtime }: { readonly engine: Pick<Engine, "containers">; readonly runtime: Places },
  { stack, profile }: { readonly stack: string; readonly profile: Pick<Profile, "portOffset"> },
  services: readonly SizedService[],
): Promise<void> {
  const instances = services.flatMap(({ definition }) =>
    definition.instances.map((name): Ports => ({
      name,
      ports: definition.ports
        .filter(({ instance }) => instance === name)
        .map(({ defaultHostPort }) => ({ published: defaultHostPort + profile.portOffset })),
    })),
  );
  refuse(await takenPorts(runtime, instances, await engine.containers(projectName(stack))));
}

/** Rejects with PORT_TAKEN, before anything is changed, if a container to be created cannot have its ports. */
export async function refuseTakenPorts(
  runtime: Places,
  desired: Desired,
  { containers, actions }: { readonly containers: readonly ObservedContainer[]; readonly actions: readonly Action[] },
): Promise<void> {
  const starting = new Set(actions.filter(isStart).map(({ instance }) => instance));
  const instances = desired.services.flatMap((service) => service.instances).filter(({ name }) => starting.has(name));
  refuse(await takenPorts(runtime, instances, containers));
}

function refuse(taken: readonly TakenPort[]): void {
  if (taken.length === 0) return;
  throw new PlumblineError("PORT_TAKEN", {
    what: `${taken.length === 1 ? "A port that the stack publishes is" : "Ports that the stack publishes are"} taken`,
    why: taken.map(({ port, instance, by }) => `${port} (for ${instance}) by ${by ?? "an unknown process"}`).join("\n"),
    fix: "End that process, set `portOffset` in the profile, or give this stack a name of its own with --stack",
    details: { taken },
  });
}

/**
 * Resolves the ports of these instances that another process listens on. Ports of the stack's own containers are not
 * taken.
 */
export async function takenPorts(
  runtime: Places,
  instances: readonly Ports[],
  containers: readonly ObservedContainer[],
): Promise<readonly TakenPort[]> {
  // Only running or paused containers hold ports.
  const own = new Set(containers.flatMap(({ ports }) => ports.map(({ host }) => host)));
  const checks = instances.flatMap(({ name, ports }) =>
    ports
      .filter(({ published }) => !own.has(published))
      .map(async ({ published }): Promise<TakenPort[]> => {
        const { host, port } = runtime.endpoint(name, published);
        if (await isPortFree(port, host)) return [];
        return [{ port: published, instance: name, by: await listenerOf(published) }];
      }),
  );
  return (await Promise.all(checks)).flat();
}
