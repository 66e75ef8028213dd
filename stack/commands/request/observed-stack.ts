/** Observes a running stack without changing it, for `plan`, `verify`, `status` and `bench`. */
import type { PlumblineError } from "../../core/errors.ts";
import type { SizedService } from "../../core/desire/desire.ts";
import type { MachineFacts } from "../../core/machine/facts.ts";
import type { Plan } from "../../core/plan/action.ts";
import { misfitError } from "../../core/plan/misfits.ts";
import type { Observed } from "../../core/plan/observed.ts";
import { planStack } from "../../core/plan/plan.ts";
import { planMachine } from "../../core/plan/machine-plan.ts";
import type { LeftOut } from "../../core/results/commands/parts.ts";
import type { ImagePolicy } from "../../core/service/image.ts";
import { observeStack, type World } from "../../converge/observe.ts";
import { projectName } from "../../core/stack-names.ts";
import { desiredStack, type FoundImages } from "./desired.ts";
import { stackDown, type FoundEngine } from "./discovery.ts";
import { imagesInEngine, withUnknown } from "./image-sources.ts";
import type { EditionsCounted } from "../../images/present.ts";
import { keepSources } from "../volumes/versions.ts";
import type { Wanted } from "./request.ts";
import type { RunningStack } from "./running-stack.ts";

/** What can be known about a stack without changing it. */
export interface ObservedStack extends RunningStack {
  readonly state: FoundEngine["state"];
  readonly machinePlan: Plan;
  /** Services of the profile that do not run, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Services whose image is not in the engine. */
  readonly withoutImage: readonly string[];
}

export interface ObserveOptions {
  readonly images?: ImagePolicy;
  /** Only these services, and what they require. */
  readonly only?: readonly string[];
  /** How to treat a service whose image is not in the engine: left out unless it runs, or wanted in any case. */
  readonly withoutImage: "left out" | "wanted";
  /** Which editions of the wanted services' images count; any by default. */
  readonly editions?: EditionsCounted;
  /** Computes sizes for this machine instead of the running one. */
  readonly machine?: MachineFacts;
}

/** Reads everything and changes nothing. Throws BUDGET_IMPOSSIBLE, PROFILE_INVALID, ENGINE_UNREACHABLE. */
export async function observeWanted(
  wanted: Wanted,
  found: FoundEngine,
  options: ObserveOptions,
): Promise<ObservedStack> {
  const { stack, folder, profile, host } = wanted;
  const { runtime, engine, state } = found;
  const machine = options.machine ?? state.facts;
  const policy = options.images ?? profile.images;
  const { editions = "any" } = options;
  const withoutImage: string[] = [];
  const findWanted = async (services: readonly SizedService[]): Promise<FoundImages> => {
    const [present, containers] = await Promise.all([
      imagesInEngine(services, { engine, policy, host, stack, editions }),
      engine.containers(projectName(stack)),
    ]);
    withoutImage.push(...services.map(({ definition }) => definition.name).filter((name) => !present.has(name)));
    const keep = (service: string) =>
      options.withoutImage === "wanted" || containers.some((container) => container.service === service);
    const kept = await keepSources(services, { engine, stack, policy });
    return withUnknown({ services: kept, present, policy, keep });
  };
  const { desired, files, credentials, leftOut } = await desiredStack(wanted, {
    machine,
    only: options.only,
    images: { wanted: findWanted, others: (services) => imagesInEngine(services, { engine, policy, host, stack }) },
    credentials: "read",
    render: runtime.deploy.render,
  });
  const world: World = { engine, runtime, folder, credentials, files };
  const observation = await observeStack(world, desired);
  const machinePlan = planMachine(runtime, state, profile.machine);
  return { wanted, runtime, state, machine, desired, world, observation, machinePlan, leftOut, withoutImage };
}

/** Resizing a machine stops it and its containers; they are started again afterwards. */
export function afterMachineStop(observed: Observed): Observed {
  const containers = observed.containers.map((container) => ({ ...container, state: "exited" as const }));
  const unasked = { effective: new Map(), silent: new Map(), unready: new Map(), missing: new Map() };
  return { ...observed, containers, ...unasked };
}

/**
 * Rejects with NOT_CONVERGED if data that servers hold in memory would not fit a machine of the profile's size. Once the
 * machine is stopped, they cannot be asked.
 */
export async function refuseMisfits(
  wanted: Wanted,
  found: FoundEngine,
  options: Pick<ObserveOptions, "images" | "only">,
): Promise<void> {
  const { cpus, memory } = wanted.profile.machine;
  const machine = { ...found.state.facts, cpus, memory };
  const { desired, observation } = await observeWanted(wanted, found, { ...options, machine, withoutImage: "wanted" });
  const { actions } = planStack(desired, afterMachineStop(observation));
  const misfit = misfitError(desired, observation, actions);
  if (misfit) throw misfit;
}

/**
 * Throws STACK_DOWN unless a container of the stack runs. `why`: returns another error for containers that have all
 * exited, if what ended them is known.
 */
export async function requireRunning(
  wanted: Wanted,
  found: FoundEngine,
  why?: (wanted: Wanted, found: FoundEngine) => Promise<PlumblineError | undefined>,
): Promise<void> {
  const { stack } = wanted;
  const containers = await found.engine.containers(projectName(stack));
  if (containers.some((container) => container.state === "running")) return;
  const known = containers.length === 0 ? undefined : await why?.(wanted, found);
  if (known) throw known;
  throw stackDown(
    stack,
    containers.length === 0 ? "it has no container" : `${containers.length} containers, none runs`,
  );
}
