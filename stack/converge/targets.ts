/** How clients of this process reach the containers of a stack. */
import type { DesiredInstance, DesiredService } from "../core/desire/desire.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { Runtime } from "../core/machine/runtime.ts";
import { networksOf } from "../core/service/container.ts";
import type { Target } from "../core/service/service.ts";
import type { Session } from "../core/service/session.ts";

export { byInstance } from "../core/plan/containers.ts";

export interface Reach {
  readonly engine: Engine;
  readonly runtime: Pick<Runtime, "endpoint">;
  readonly containers: ReadonlyMap<string, ObservedContainer>;
  /** The session in which the targets are used. */
  readonly session?: Session | undefined;
}

/** Returns the targets of a service's instances; undefined if one of them does not run or has no address yet. */
export function targetsOf(service: DesiredService, reach: Reach): readonly Target[] | undefined {
  const targets: Target[] = [];
  for (const instance of service.instances) {
    const target = targetOf(instance, reach);
    if (!target) return undefined;
    targets.push(target);
  }
  return targets;
}

export function targetOf(
  instance: DesiredInstance,
  { engine, runtime, containers, session }: Reach,
): Target | undefined {
  const container = containers.get(instance.name);
  if (container?.state !== "running") return undefined;
  const address = addressOf(instance, container);
  if (address === undefined) return undefined;
  const [first] = instance.ports;
  return {
    instance: instance.name,
    // One machine publishes all ports of an instance. An instance without published ports is reached at its own
    // address.
    host: first === undefined ? address : runtime.endpoint(instance.name, first.published).host,
    port: (name) => {
      const port = instance.ports.find((candidate) => candidate.name === name);
      if (!port) throw new Error(`${instance.name} publishes no port ${name}`);
      return runtime.endpoint(instance.name, port.published).port;
    },
    address,
    credentials: instance.credentials,
    neighbours: instance.neighbours,
    ...(session === undefined ? {} : { session }),
    exec: async (argv, options) => {
      const result = await engine.exec(container.id, argv, options);
      if (result.exitCode === 0) return result;
      throw new Error(
        `${argv[0] ?? ""} exited with ${result.exitCode}: ${result.stderr.trim() || result.stdout.trim()}`,
      );
    },
  };
}

/**
 * Returns the address on the network where others expect the instance. The engine's names end with the network's:
 * "plumbline-data".
 */
function addressOf({ container: spec }: DesiredInstance, { networks }: ObservedContainer): string | undefined {
  const known = Object.entries(networks).filter(([, address]) => address !== "");
  const [first] = networksOf(spec);
  return (known.find(([name]) => name.endsWith(`-${first}`)) ?? known[0])?.[1];
}
