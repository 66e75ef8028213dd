/** `plan`: what `up` or `switch` would do here, without doing it. */
import { join } from "node:path";
import { observeFiles } from "../converge/files.ts";
import { refusePorts, takenPorts, type TakenPort } from "../converge/ports.ts";
import { PlumblineError } from "../core/errors.ts";
import type { Machine } from "../core/machine/machine.ts";
import { selectedServices, type Desired } from "../core/desire/desire.ts";
import { isStart, type Action, type Plan } from "../core/plan/action.ts";
import { planMachine } from "../core/plan/machine-plan.ts";
import { misfitError } from "../core/plan/misfits.ts";
import { planStack } from "../core/plan/plan.ts";
import { limitsOf, type MachineSize } from "../core/results/commands/parts.ts";
import type { PlannedStack } from "../core/results/commands/plan.ts";
import { standInNote, type ImagePolicy } from "../core/service/image.ts";
import { lockPath } from "../images/lock.ts";
import { debianBuildNeeds } from "../images/needs.ts";
import { stackInUse } from "../records/in-use.ts";
import type { FileContent } from "../render/stack.ts";
import { provisionPlan } from "../runtimes/provision/index.ts";
import { refuseOtherVersions } from "./volumes/versions.ts";
import { desiredStack, sizeWanted } from "./request/desired.ts";
import { unasked, type Discovery, type FoundEngine } from "./request/discovery.ts";
import { discoverForUp } from "./request/ensure-runtime.ts";
import { refuseForeignStack } from "./request/foreign.ts";
import { imageOrigin, unknownImages } from "./request/image-sources.ts";
import { afterMachineStop, observeWanted, type ObservedStack } from "./request/observed-stack.ts";
import { unserved } from "./volumes/lost.ts";
import { noRuntime } from "./request/no-runtime.ts";
import { readWanted, type StackOptions, type Wanted } from "./request/request.ts";

export interface PlanOptions extends StackOptions {
  readonly images?: ImagePolicy;
  readonly only?: readonly string[];
}

/**
 * Resolves the plan, and in `refused` why `up` would not carry it out. Throws as `up` would where there is no plan:
 * NO_RUNTIME, SECRETS_LOST, BUDGET_IMPOSSIBLE.
 */
export async function planUp(options: PlanOptions): Promise<PlannedStack> {
  const { wanted, found, notes } = await discoverForUp(await readWanted(options));
  const planned =
    found.kind === "engine" ? await planOnEngine(wanted, found, options) : await planBefore(wanted, found, options);
  const { desired, machine, plan, ...rest } = planned;
  return {
    stack: wanted.stack,
    profile: wanted.profileReference,
    inUse: (await stackInUse(wanted.folder))?.profileReference,
    ...rest,
    plan: merge({ actions: [], notes }, plan),
    machine: { cpus: machine.cpus, memoryBytes: machine.memory, from: machine.from },
    sizedFor: limitsOf(desired.budget.machine),
    services: selectedServices(desired).map(({ name, image, share, instances }) => ({
      name,
      ...(image.standIn === undefined ? {} : { standIn: image.standIn }),
      limits: limitsOf(share),
      instances: instances.map((instance) => instance.name),
    })),
  };
}

interface Planned {
  readonly plan: Plan;
  readonly refused: PlumblineError | undefined;
  readonly desired: Desired;
  readonly runtime: string | undefined;
  readonly engine: string | undefined;
  readonly machine: Machine & Pick<MachineSize, "from">;
}

async function planOnEngine(wanted: Wanted, found: FoundEngine, options: PlanOptions): Promise<Planned> {
  const { runtime, engine, state } = found;
  await refuseForeignStack(engine, wanted);
  const machinePlan = planMachine(runtime, state, wanted.profile.machine);
  const { cpus, memory } = wanted.profile.machine;
  const changes = machinePlan.actions.length > 0;
  const resized = changes ? { machine: { ...state.facts, cpus, memory } } : {};
  const observed = await observeWanted(wanted, found, {
    ...options,
    ...resized,
    withoutImage: "wanted",
    editions: "locked",
  });
  await refuseOtherVersions(engine, observed.desired, lockPath(wanted.host.env));
  const observation = changes ? afterMachineStop(observed.observation) : observed.observation;
  const stackPlan = planStack(observed.desired, observation);
  const images = await imageActions(wanted, observed.withoutImage, options.images);
  const starts = stackPlan.actions.some(isStart);
  const tool = starts && !(await runtime.deploy.isInstalled()) ? await provisions(wanted, false) : NOTHING;
  const misfit = misfitError(observed.desired, observed.observation, stackPlan.actions);
  const taken = await portsTaken(observed, stackPlan);
  const open: Plan = {
    actions: [],
    notes: [
      ...(misfit ? [`${misfit.what}: ${misfit.why}; \`up\` refuses it`] : []),
      ...(await unserved(engine, observed.desired, wanted.folder)),
      ...standIns(observed.desired),
      ...openQuestions(observed, taken),
    ],
  };
  return {
    plan: merge(tool, machinePlan, images, stackPlan, open),
    refused: refusalOf(wanted, observed.desired, observed.machine) ?? portError(taken) ?? misfit,
    desired: observed.desired,
    runtime: runtime.name,
    engine: engine.address,
    machine: { ...observed.machine, from: changes ? "the profile" : "the machine" },
  };
}

/** Plans if no engine answers yet: everything is new, and the machine is the one that the profile wants. */
async function planBefore(
  wanted: Wanted,
  found: Exclude<Discovery, FoundEngine>,
  options: PlanOptions,
): Promise<Planned> {
  const { profile } = wanted;
  const { runtime } = found;
  const provision = found.kind === "no runtime" ? await provisions(wanted, true) : NOTHING;
  // Notes alone say that Plumbline cannot provide an engine. If there is one and it cannot be asked, `up` ends there.
  if (found.kind === "no runtime" && provision.actions.length === 0) {
    if (provision.notes.length === 0 || unasked(found).length > 0) throw noRuntime(found.none, wanted, false);
  }
  const state = found.kind === "machine down" ? found.state : ({ state: "absent" } as const);
  const { desired, files } = await desiredStack(wanted, {
    machine: profile.machine,
    only: options.only,
    images: unknownImages(options.images ?? profile.images),
    credentials: "read",
    render: runtime.deploy.render,
  });
  const isNew = state.state === "absent" && !state.remains?.hasData;
  return {
    plan: merge(
      provision,
      planMachine(runtime, state, profile.machine),
      ...(isNew ? await plansOfNew(wanted, desired, { files, images: options.images }) : []),
      { actions: [], notes: [...standIns(desired), isNew ? NOTHING_YET : UNSEEN] },
    ),
    refused: refusalOf(wanted, desired, profile.machine),
    desired,
    runtime: found.kind === "machine down" ? runtime.name : undefined,
    engine: undefined,
    machine: { ...profile.machine, from: "the profile" },
  };
}

const NOTHING_YET = "no engine answers yet: containers and images are planned as if there were none";
const UNSEEN =
  "the machine has an engine with images and containers that are seen only when it runs: what they need is planned then, " +
  "and so are the files, whose values follow from the machine as it is inside";

/** Of a stack that is in no engine: its images and everything of it. */
async function plansOfNew(
  wanted: Wanted,
  desired: Desired,
  {
    files,
    images,
  }: { readonly files: ReadonlyMap<string, FileContent> } & { readonly images: ImagePolicy | undefined },
): Promise<readonly Plan[]> {
  const missing = desired.services.map((service) => service.name);
  const states = await observeFiles(wanted.folder, files);
  return [
    await imageActions(wanted, missing, images),
    planStack(desired, { containers: [], effective: new Map(), files: states }),
  ];
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

/** Returns with what `up` ends on these settings, which it judges first. */
function refusalOf(wanted: Wanted, { refusals }: Desired, machine: Machine): PlumblineError | undefined {
  return refusals.length === 0 ? undefined : errorOf(() => sizeWanted(wanted, machine, { unknownNames: "returned" }));
}

/** Undefined for ports that the machine itself forwards: `up` tries to release them. */
function portError(taken: readonly TakenPort[]): PlumblineError | undefined {
  return taken.every(({ forwarded }) => forwarded) ? undefined : errorOf(() => refusePorts(taken));
}

function errorOf(work: () => unknown): PlumblineError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof PlumblineError) return error;
    throw error;
  }
}

function portsTaken({ runtime, desired, observation }: ObservedStack, plan: Plan): Promise<readonly TakenPort[]> {
  const starting = new Set(plan.actions.flatMap((action) => (isStart(action) ? [action.instance] : [])));
  const instances = selectedServices(desired)
    .flatMap((service) => service.instances)
    .filter(({ name }) => starting.has(name));
  return takenPorts(runtime, instances, observation.containers);
}

function openQuestions({ observation }: ObservedStack, taken: readonly TakenPort[]): readonly string[] {
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
