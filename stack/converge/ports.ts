/** Checks whether the ports that a stack publishes are free. */
import { isStart, type Action } from "../core/plan/action.ts";
import type { Desired, DesiredInstance, SizedService } from "../core/desire/desire.ts";
import { PlumblineError } from "../core/errors.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { Profile } from "../core/profile/profile.ts";
import type { Runtime } from "../core/machine/runtime.ts";
import { commandLineOf, isPortFree, listenerOf } from "../host/ports.ts";

export interface TakenPort {
  readonly port: number;
  readonly instance: string;
  /** "nginx (pid 812)", if known. */
  readonly by: string | undefined;
  /** True if the machine of the stack forwards it itself, and no container of the stack has it. */
  readonly forwarded?: true;
}

/** The part of a runtime that knows where ports are published. */
type Places = Pick<Runtime, "endpoint" | "forwards">;

export type Ports = Pick<DesiredInstance, "name"> & { readonly ports: readonly { readonly published: number }[] };

/** Returns the ports that these services publish, by instance. */
export function portsOf(
  services: readonly SizedService[],
  { portOffset }: Pick<Profile, "portOffset">,
): readonly Ports[] {
  return services.flatMap(({ definition }) =>
    definition.instances.map((name): Ports => ({
      name,
      ports: definition.ports
        .filter(({ instance }) => instance === name)
        .map(({ defaultHostPort }) => ({ published: defaultHostPort + portOffset })),
    })),
  );
}

/** Rejects with PORT_TAKEN, before anything is changed, if a container to be created cannot have its ports. */
export async function refuseTakenPorts(
  runtime: Places,
  desired: Desired,
  { containers, actions }: { readonly containers: readonly ObservedContainer[]; readonly actions: readonly Action[] },
): Promise<void> {
  const starting = new Set(actions.filter(isStart).map(({ instance }) => instance));
  const instances = desired.services.flatMap((service) => service.instances).filter(({ name }) => starting.has(name));
  refusePorts(await takenPorts(runtime, instances, containers));
}

/** Throws PORT_TAKEN with who holds each of the ports, if there is any. */
export function refusePorts(taken: readonly TakenPort[]): void {
  if (taken.length === 0) return;
  throw new PlumblineError("PORT_TAKEN", {
    what: `${taken.length === 1 ? "A port that the stack publishes is" : "Ports that the stack publishes are"} taken`,
    why: taken.map(({ port, instance, by }) => `${port} (for ${instance}) by ${by ?? "an unknown process"}`).join("\n"),
    fix: taken.some(({ forwarded }) => forwarded) ? FORWARDER_FIX : FIX,
    details: { taken },
  });
}

const FIX = "End that process, set `portOffset` in the profile, or give this stack a name of its own with --stack";
/** Everything between this computer and the machine goes through the forwarder. */
const FORWARDER_FIX =
  "Do not end that process: it connects the machine. A container inside has the port, or had it before a crash: see " +
  "`docker ps` in the machine; `npm run down -- --machine` and `npm run up` start the machine anew";

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
        return [{ port: published, instance: name, ...(await holderOf(published, runtime)) }];
      }),
  );
  return (await Promise.all(checks)).flat();
}

async function holderOf(port: number, { forwards }: Places): Promise<Pick<TakenPort, "by" | "forwarded">> {
  const listener = await listenerOf(port);
  if (listener === undefined) return { by: undefined };
  const by = `${listener.name} (pid ${listener.pid})`;
  if (forwards === undefined || !(await forwards(await commandLineOf(listener.pid)))) return { by };
  return { by: `the machine's own port forwarder, ${by}`, forwarded: true };
}
