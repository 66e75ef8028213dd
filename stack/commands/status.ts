/** `status`: what is running of a stack, as reported by the engine, the kernel and the servers. */
import type { DesiredService } from "../core/desire/desire.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { Engine } from "../core/machine/engine.ts";
import { ageNote } from "../images/newer/age.ts";
import type { ObtainedImage } from "../core/service/image.ts";
import { limitsOf } from "../core/results/commands/parts.ts";
import type { InstanceStatus, ServiceStatus, StackStatus } from "../core/results/commands/status.ts";
import type { Share } from "../core/service/service.ts";
import { observeWanted, type ObservedStack } from "./request/observed-stack.ts";
import { memoryOf } from "./request/no-runtime.ts";
import { readWanted, type StackOptions, type Wanted } from "./request/request.ts";
import { discoverEngine, unasked, whyDown, type FoundEngine, type Discovery } from "./request/discovery.ts";
import type { Unusable } from "../runtimes/index.ts";
import { byInstance } from "../converge/targets.ts";
import { sizeWanted } from "./request/desired.ts";

const NO_CONTAINER = "no container";
const MACHINE_STOPPED = "machine stopped";
const UNKNOWN = "unknown";

/** Observes and changes nothing. A stack that is down, or that cannot be asked about, is a result, not an error. */
export async function stackStatus(options: StackOptions): Promise<StackStatus> {
  const wanted = await readWanted(options);
  const found = await discoverEngine(wanted);
  return found.kind === "engine" ? statusOn(wanted, found) : statusWithout(wanted, found);
}

/** `down` only if nothing of the stack can run; what could not be asked is `unknown`. */
export function statusWithout(wanted: Wanted, found: Exclude<Discovery, FoundEngine>): StackStatus {
  const silent = unasked(found);
  const { sized, refusals, warnings } = sizeWanted(wanted, wanted.profile.machine, { purpose: "look" });
  const services = sized.map(({ definition, share }): ServiceStatus => {
    const instances = definition.instances.map((name): InstanceStatus => {
      return {
        name,
        state: silent.length > 0 ? UNKNOWN : isStopped(found) ? MACHINE_STOPPED : NO_CONTAINER,
        endpoints: endpointsOf({ wanted, runtime: found.runtime }, definition.ports, name),
      };
    });
    return { name: definition.name, works: false, limits: limitsOf(share), instances };
  });
  const runtime = found.kind === "machine down" ? found.runtime.name : undefined;
  const memory = found.kind === "no runtime" ? memoryOf(wanted, "").why : [];
  return {
    stack: wanted.stack,
    profile: wanted.profileReference,
    state: silent.length > 0 ? UNKNOWN : "down",
    runtime,
    reason: [silent.length > 0 ? reasonsOf(silent) : whyNoEngine(found), ...memory].join("; "),
    services,
    others: [],
    notes: [...refusals, ...warnings],
  };
}

/** A stopped machine may hold containers and images; none of them runs. */
function isStopped(found: Exclude<Discovery, FoundEngine>): boolean {
  return found.kind === "machine down" && found.state.state === "stopped";
}

function whyNoEngine(found: Exclude<Discovery, FoundEngine>): string {
  switch (found.kind) {
    case "machine down":
      return whyDown(found.state);
    case "no runtime":
      return reasonsOf(found.none);
  }
}

function reasonsOf(unusable: readonly Unusable[]): string {
  return unusable.map(({ runtime, why }) => `${runtime}: ${why}`).join("; ");
}

async function statusOn(wanted: Wanted, found: FoundEngine): Promise<StackStatus> {
  const observed = await observeWanted(wanted, found, { withoutImage: "wanted" });
  const { desired, observation } = observed;
  const { containers, unready: reasons } = observation;
  const limits = await effectiveLimits(found.engine, containers);
  const services = desired.services.map((service) => serviceStatus(service, observed, { reasons, limits }));
  const wantedNames = new Set(services.flatMap(({ instances }) => instances.map(({ name }) => name)));
  const working = services.filter(({ works }) => works).length;
  const runs = containers.some(({ state }) => state === "running");
  const state = working === services.length ? "up" : runs ? "partly up" : "down";
  return {
    stack: wanted.stack,
    profile: wanted.profileReference,
    state,
    runtime: found.runtime.name,
    engine: found.engine.address,
    reason: state === "down" ? whyDown(found.state) : undefined,
    services,
    others: containers
      .filter(({ instance }) => !wantedNames.has(instance))
      .map(({ instance, state }) => ({ instance, state })),
    notes: [...desired.refusals, ...desired.warnings],
  };
}

interface Answers {
  readonly reasons: ReadonlyMap<string, string>;
  readonly limits: ReadonlyMap<string, Share>;
}

function serviceStatus(service: DesiredService, observed: ObservedStack, { reasons, limits }: Answers): ServiceStatus {
  const { observation, withoutImage } = observed;
  const containers = byInstance(observation.containers);
  const instances = service.instances.map(({ name }): InstanceStatus => {
    const container = containers.get(name);
    const effective = container && limits.get(container.id);
    return {
      name,
      state: container ? stateText(container) : NO_CONTAINER,
      effective: effective && kernelLimits(effective),
      endpoints: endpointsOf(observed, service.definition.ports, name),
    };
  });
  const reason = reasons.get(service.name);
  return {
    name: service.name,
    works: reason === undefined,
    reason,
    version: observation.versions.get(service.name),
    image: withoutImage.includes(service.name) ? undefined : imageStatus(service.image, new Date()),
    limits: limitsOf(service.share),
    instances,
  };
}

/** Says of an image built here how old its packages are, and of one that is too old, what to do. */
export function imageStatus(image: ObtainedImage, now: Date): NonNullable<ServiceStatus["image"]> {
  const { reference, source, standIn, builtOn, indexDate } = image;
  const old = ageNote(image, now);
  return {
    reference,
    source,
    ...(standIn === undefined ? {} : { standIn }),
    ...(builtOn === undefined ? {} : { builtOn }),
    ...(indexDate === undefined ? {} : { indexDate }),
    ...(old === undefined ? {} : { old }),
  };
}

/** Leaves out a limit that the kernel does not have, because JSON has no Infinity. */
export function kernelLimits({ memory, cpus }: Share): NonNullable<InstanceStatus["effective"]> {
  return {
    ...(Number.isFinite(memory) ? { memoryBytes: memory } : {}),
    ...(Number.isFinite(cpus) ? { cpus } : {}),
  };
}

function stateText({ state, exitCode, outOfMemory }: ObservedContainer): string {
  if (state !== "exited") return state;
  return outOfMemory ? "exited, out of memory" : `exited with code ${exitCode ?? "unknown"}`;
}

/** Resolves the limits of running containers by id, without containers that stop while being asked. */
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
  { wanted: { profile }, runtime }: Pick<ObservedStack, "wanted" | "runtime">,
  ports: DesiredService["definition"]["ports"],
  instance: string,
): InstanceStatus["endpoints"] {
  return ports
    .filter((port) => port.instance === instance)
    .map(({ name, defaultHostPort }) => ({
      name,
      ...runtime.endpoint(instance, defaultHostPort + profile.portOffset),
    }));
}
