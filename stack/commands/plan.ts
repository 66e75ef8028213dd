/** What `up` or `switch` would do here, found out without doing any of it. */
import { join } from "node:path";
import { isStart, type Action, type Plan } from "../core/plan/action.ts";
import { desire, type Desired } from "../core/desire/desire.ts";
import type { MachineFacts } from "../core/machine/facts.ts";
import { standInNote, type ImagePolicy } from "../core/service/image.ts";
import { planMachine } from "../core/plan/machine-plan.ts";
import { planStack } from "../core/plan/plan.ts";
import { type Observed } from "../core/plan/observed.ts";
import { debianBuildNeeds } from "../images/needs.ts";
import { renderFiles } from "../render/stack.ts";
import { runtimes } from "../runtimes/index.ts";
import { observeFiles } from "../converge/files.ts";
import { refuseForeignStack } from "./request/foreign.ts";
import { imageOrigin, lookAt, unknownImage, type SeenStack } from "./request/look.ts";
import { takenPorts } from "../converge/ports.ts";
import { provisionPlan } from "../runtimes/engine/provision/index.ts";
import { stackInUse } from "../records/in-use.ts";
import { readCredentials } from "../records/secrets.ts";
import { noRuntime, readWanted, type StackOptions, type Wanted } from "./request/request.ts";
import { lookForEngine, type EngineSight, type Sight } from "./request/discovery.ts";
import { specsOf } from "./request/whole-files.ts";
import { restrict, sizeWanted } from "./up.ts";

export interface PlanOptions extends StackOptions {
  readonly images?: ImagePolicy;
  readonly only?: readonly string[];
}

export interface StackPlan {
  readonly plan: Plan;
  readonly desired: Desired;
  /** The profile that the stack was last brought up with. */
  readonly inUse: string | undefined;
  readonly runtime: string | undefined;
  readonly engine: string | undefined;
  readonly machine: Pick<MachineFacts, "cpus" | "memory">;
  /** Where the machine's size is known from. */
  readonly sizedFor: "the machine" | "the profile";
}

/** Rejects as `up` would before it changes anything, with NO_RUNTIME, SECRETS_LOST, BUDGET_IMPOSSIBLE. */
export async function planUp(options: PlanOptions): Promise<StackPlan> {
  const wanted = await readWanted(options);
  const sight = await lookForEngine(wanted);
  const found =
    sight.kind === "engine" ? await planOnEngine(wanted, sight, options) : await planBefore(wanted, sight, options);
  return { ...found, inUse: (await stackInUse(wanted.folder))?.profileReference };
}

type Found = Omit<StackPlan, "inUse">;

async function planOnEngine(wanted: Wanted, sight: EngineSight, options: PlanOptions): Promise<Found> {
  const { runtime, engine, state } = sight;
  await refuseForeignStack(engine, wanted);
  const machinePlan = planMachine(runtime, state, wanted.profile.machine);
  const { cpus, memory } = wanted.profile.machine;
  const changes = machinePlan.actions.length > 0;
  const resized = changes ? { machine: { ...state.facts, cpus, memory } } : {};
  const seen = await lookAt(wanted, sight, { ...options, ...resized, withoutImage: "wanted" });
  const observed = changes ? afterMachineStop(seen.observation) : seen.observation;
  const stackPlan = planStack(seen.desired, observed);
  const images = await imageActions(wanted, seen.withoutImage, options.images);
  const starts = stackPlan.actions.some(isStart);
  const compose = starts && (await engine.composeVersion()) === undefined ? await provisions(wanted, false) : NOTHING;
  return {
    plan: merge(compose, machinePlan, images, stackPlan, {
      actions: [],
      notes: [...standIns(seen.desired), ...(await openQuestions(seen, stackPlan))],
    }),
    desired: seen.desired,
    runtime: runtime.name,
    engine: engine.address,
    machine: seen.machine,
    sizedFor: changes ? "the profile" : "the machine",
  };
}

/** A machine that is resized stops, and its containers with it; they are started again afterwards. */
function afterMachineStop(observed: Observed): Observed {
  const containers = observed.containers.map((container) => ({ ...container, state: "exited" as const }));
  const unasked = { effective: new Map(), silent: new Map(), unready: new Map(), missing: new Map() };
  return { ...observed, containers, ...unasked };
}

/** No engine answers yet: everything is new, and the machine is the one that the profile asks for. */
async function planBefore(wanted: Wanted, sight: Exclude<Sight, EngineSight>, options: PlanOptions): Promise<Found> {
  const { stack, profile, profileReference, folder, host } = wanted;
  const provision = sight.kind === "no runtime" ? await provisions(wanted, true) : NOTHING;
  if (sight.kind === "no runtime" && provision.actions.length + provision.notes.length === 0)
    throw noRuntime(sight.none);
  const name = sight.kind === "no runtime" ? (sight.none[0]?.runtime ?? "") : sight.runtime.name;
  const runtime = sight.kind === "machine down" ? sight.runtime : runtimes[name]?.({ stack, host });
  const state = sight.kind === "machine down" ? sight.state : ({ state: "absent" } as const);
  const { budget, sized: all } = sizeWanted(wanted, profile.machine);
  const sized = options.only ? restrict(all, options.only) : all;
  const specs = specsOf(sized);
  const policy = options.images ?? profile.images;
  const images = new Map([...specs].map(([service, spec]) => [service, unknownImage(spec, policy)]));
  const { credentials } = await readCredentials(folder.secrets, wanted.services);
  const desired = desire({ stack, profile, profileReference, budget, sized, images, credentials });
  const files = await observeFiles(folder, renderFiles(desired));
  const stackPlan = planStack(desired, { containers: [], effective: new Map(), files });
  const unread = "no engine answers yet: containers and images are planned as if there were none";
  return {
    plan: merge(
      provision,
      runtime ? planMachine(runtime, state, profile.machine) : NOTHING,
      await imageActions(wanted, [...specs.keys()], options.images),
      stackPlan,
      { actions: [], notes: [...standIns(desired), unread] },
    ),
    desired,
    runtime: sight.kind === "machine down" ? name : undefined,
    engine: undefined,
    machine: profile.machine,
    sizedFor: "the profile",
  };
}

const NOTHING: Plan = { actions: [], notes: [] };

async function provisions({ host, folder }: Wanted, engine: boolean): Promise<Plan> {
  const { steps, obstacle } = await provisionPlan({ host, stateFolder: join(folder.root, "engine"), engine });
  return {
    actions: steps.map(({ command, because }) => ({ kind: "provision", command, cause: because })),
    notes: obstacle ? [`Plumbline cannot do this itself, because ${obstacle.why}. ${obstacle.fix}`] : [],
  };
}

async function imageActions(wanted: Wanted, missing: readonly string[], given?: ImagePolicy): Promise<Plan> {
  const policy = given ?? wanted.profile.images;
  const actions = wanted.services
    .filter(({ name }) => missing.includes(name))
    .map(({ name, image }): Action => {
      return {
        kind: "obtain-image",
        service: name,
        from: imageOrigin(image, policy),
        cause: "it is not in the engine",
      };
    });
  if (actions.length === 0 || policy === "registry" || (await wanted.host.which("apt-get")) === undefined) {
    return { actions, notes: [] };
  }
  const needs = await debianBuildNeeds(wanted.host);
  if (needs.length === 0) return { actions, notes: [] };
  const when = policy === "auto" ? "if no registry answers" : "to build the images";
  return { actions, notes: [`${when}, these packages are installed first: ${needs.join(", ")}`] };
}

function standIns({ services }: Desired): readonly string[] {
  return services.flatMap(({ name, image: { standIn } }) =>
    standIn === undefined ? [] : [`${name}: ${standInNote(standIn)}`],
  );
}

async function openQuestions({ desired, observation }: SeenStack, plan: Plan): Promise<readonly string[]> {
  const starting = new Set(plan.actions.flatMap((action) => (isStart(action) ? [action.instance] : [])));
  const instances = desired.services.flatMap((service) => service.instances).filter(({ name }) => starting.has(name));
  const taken = await takenPorts(instances, observation.containers);
  return [
    ...taken.map(({ port, instance, by }) => {
      return `port ${port} (for ${instance}) is taken by ${by ?? "an unknown process"}: it would be refused with PORT_TAKEN`;
    }),
    ...[...observation.silent].map(([instance, reason]) => {
      return `${instance} runs and does not answer (${reason}): its settings could not be compared`;
    }),
  ];
}

function merge(...plans: readonly Plan[]): Plan {
  return { actions: plans.flatMap(({ actions }) => actions), notes: plans.flatMap(({ notes }) => notes) };
}
