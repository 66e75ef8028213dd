/** `status`: what of a stack runs, asked of the engine, the kernel and the servers themselves. */
import type { DesiredService } from "../core/desire/desire.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { ObtainedImage } from "../core/service/image.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { Share } from "../core/service/service.ts";
import { lookAt, type SeenStack } from "./request/look.ts";
import { readWanted, type StackOptions, type Wanted } from "./request/request.ts";
import { lookForEngine, whyDown, type EngineSight, type Sight } from "./request/discovery.ts";
import { byInstance, PUBLISHED_ADDRESS } from "../converge/targets.ts";
import { sizeWanted } from "./up.ts";

export interface StackStatus {
  readonly stack: string;
  readonly profile: string;
  readonly runtime: string | undefined;
  readonly engine: string | undefined;
  readonly state: "up" | "partly up" | "down";
  readonly reason: string | undefined;
  readonly services: readonly ServiceStatus[];
  readonly others: readonly { readonly instance: string; readonly state: string }[];
}

export interface ServiceStatus {
  readonly name: string;
  readonly works: boolean;
  readonly reason: string | undefined;
  readonly version: string | undefined;
  readonly image: ObtainedImage | undefined;
  readonly share: Share;
  readonly instances: readonly InstanceStatus[];
}

export interface InstanceStatus {
  readonly name: string;
  readonly state: string;
  /** As the kernel has them; `Infinity` stands for no limit. */
  readonly effective: Share | undefined;
  readonly endpoints: readonly { readonly name: string; readonly host: string; readonly port: number }[];
}

const NO_CONTAINER = "no container";

/** Looks and changes nothing. A stack that is down is an answer, no error. */
export async function stackStatus(options: StackOptions): Promise<StackStatus> {
  const wanted = await readWanted(options);
  const sight = await lookForEngine(wanted);
  if (sight.kind === "engine") return statusOn(wanted, sight);
  const { sized } = sizeWanted(wanted, wanted.profile.machine);
  const services = sized.map(({ definition, share }): ServiceStatus => {
    const instances = definition.instances.map((name): InstanceStatus => {
      return {
        name,
        state: NO_CONTAINER,
        effective: undefined,
        endpoints: endpointsOf(wanted, definition.ports, name),
      };
    });
    const unknown = { works: false, reason: undefined, version: undefined, image: undefined };
    return { name: definition.name, ...unknown, share, instances };
  });
  const runtime = sight.kind === "machine down" ? sight.runtime.name : undefined;
  const head = { stack: wanted.stack, profile: wanted.profileReference, runtime, engine: undefined };
  return { ...head, state: "down", reason: whyNoEngine(sight), services, others: [] };
}

function whyNoEngine(sight: Exclude<Sight, EngineSight>): string {
  switch (sight.kind) {
    case "machine down":
      return whyDown(sight.state);
    case "no runtime":
      return sight.none.map(({ runtime, why }) => `${runtime}: ${why}`).join("; ");
  }
}

async function statusOn(wanted: Wanted, sight: EngineSight): Promise<StackStatus> {
  const seen = await lookAt(wanted, sight, { withoutImage: "wanted" });
  const { desired, observation } = seen;
  const { containers, unready: reasons } = observation;
  const limits = await effectiveLimits(sight.engine, containers);
  const services = desired.services.map((service) => serviceStatus(service, seen, { reasons, limits }));
  const wantedNames = new Set(services.flatMap(({ instances }) => instances.map(({ name }) => name)));
  const working = services.filter(({ works }) => works).length;
  const runs = containers.some(({ state }) => state === "running");
  const state = working === services.length ? "up" : runs ? "partly up" : "down";
  return {
    stack: wanted.stack,
    profile: wanted.profileReference,
    runtime: sight.runtime.name,
    engine: sight.engine.address,
    state,
    reason: state === "down" ? whyDown(sight.state) : undefined,
    services,
    others: containers
      .filter(({ instance }) => !wantedNames.has(instance))
      .map(({ instance, state }) => ({ instance, state })),
  };
}

interface Answers {
  readonly reasons: ReadonlyMap<string, string>;
  readonly limits: ReadonlyMap<string, Share>;
}

function serviceStatus(service: DesiredService, seen: SeenStack, { reasons, limits }: Answers): ServiceStatus {
  const { observation, wanted, withoutImage } = seen;
  const containers = byInstance(observation.containers);
  const instances = service.instances.map(({ name }): InstanceStatus => {
    const container = containers.get(name);
    return {
      name,
      state: container ? stateText(container) : NO_CONTAINER,
      effective: container && limits.get(container.id),
      endpoints: endpointsOf(wanted, service.definition.ports, name),
    };
  });
  const reason = reasons.get(service.name);
  return {
    name: service.name,
    works: reason === undefined,
    reason,
    version: observation.versions.get(service.name),
    image: withoutImage.includes(service.name) ? undefined : service.image,
    share: service.share,
    instances,
  };
}

function stateText({ state, exitCode, outOfMemory }: ObservedContainer): string {
  if (state !== "exited") return state;
  return outOfMemory ? "exited, out of memory" : `exited with code ${exitCode ?? "unknown"}`;
}

/** A container that ends while it is asked has no limits any more. */
async function effectiveLimits(
  engine: Engine,
  containers: readonly ObservedContainer[],
): Promise<ReadonlyMap<string, Share>> {
  const limits = new Map<string, Share>();
  const running = containers.filter(({ state }) => state === "running");
  await Promise.allSettled(running.map(async ({ id }) => limits.set(id, await engine.effectiveLimits(id))));
  return limits;
}

function endpointsOf(
  { profile }: Wanted,
  ports: DesiredService["definition"]["ports"],
  instance: string,
): InstanceStatus["endpoints"] {
  return ports
    .filter((port) => port.instance === instance)
    .map(({ name, host }) => ({ name, host: PUBLISHED_ADDRESS, port: host + profile.portOffset }));
}
