/** A stack as it runs, looked at and left alone: what `plan`, `verify`, `status` and `bench` start from. */
import { desire, type SizedService } from "../../core/desire/desire.ts";
import { allowedSources, sourceText } from "../../core/service/image.ts";
import type { ImagePolicy, ImageSpec, ObtainedImage } from "../../core/service/image.ts";
import { planMachine } from "../../core/plan/machine-plan.ts";
import type { MachineFacts } from "../../core/machine/facts.ts";
import { presentImages } from "../../images/obtain.ts";
import { projectName } from "../../core/stack-names.ts";
import type { LeftOut } from "./ensure-images.ts";
import { observeStack, type World } from "../../converge/observe.ts";
import { readCredentials } from "../../records/secrets.ts";
import type { Wanted } from "./request.ts";
import { stackDown, type EngineSight } from "./discovery.ts";
import { restrict, sizeWanted, type UpStack } from "../up.ts";
import { specsOf, wholeFiles } from "./whole-files.ts";

/** What is known of a stack without changing it. */
export interface SeenStack extends Pick<
  UpStack,
  "wanted" | "runtime" | "engine" | "machine" | "machinePlan" | "desired" | "world" | "images" | "leftOut"
> {
  readonly observation: UpStack["observation"];
  /** Services whose image is not in the engine. */
  readonly withoutImage: readonly string[];
  /** Credentials that do not exist yet. */
  readonly withoutCredential: readonly string[];
}

export interface LookOptions {
  readonly images?: ImagePolicy;
  /** Only these services, and what they require. */
  readonly only?: readonly string[];
  /** What a service is whose image is not in the engine: left out as far as it does not run, or wanted in any case. */
  readonly withoutImage: "left out" | "wanted";
  /** Sizes for another machine than the one that runs. */
  readonly machine?: MachineFacts;
}

/** Reads everything and changes nothing. Rejects with BUDGET_IMPOSSIBLE, PROFILE_INVALID, ENGINE_UNREACHABLE. */
export async function lookAt(wanted: Wanted, sight: EngineSight, options: LookOptions): Promise<SeenStack> {
  const { stack, folder, profile, profileReference, host } = wanted;
  const { runtime, engine, state } = sight;
  const machine = options.machine ?? state.facts;
  const { budget, sized: all } = sizeWanted(wanted, machine);
  const sized = options.only ? restrict(all, options.only) : all;
  const policy = options.images ?? profile.images;
  const [present, containers, { credentials, missing }] = await Promise.all([
    presentImages(specsOf(sized), { engine, policy, host }),
    engine.containers(projectName(stack)),
    readCredentials(folder.secrets, wanted.services),
  ]);
  const keep = (service: string) =>
    options.withoutImage === "wanted" || containers.some((container) => container.service === service);
  const { images, leftOut } = withUnknown({ sized, present, policy, keep });
  const desired = desire({ stack, profile, profileReference, budget, sized, images, credentials, engine: machine });
  const files = await wholeFiles({ desired, credentials, all, engine, policy, host });
  const world: World = { engine, folder, credentials, files };
  return {
    wanted,
    runtime,
    engine,
    machine,
    machinePlan: planMachine(runtime, state, profile.machine),
    desired,
    world,
    images,
    leftOut,
    observation: await observeStack(world, desired),
    withoutImage: sized.map(({ definition }) => definition.name).filter((name) => !present.has(name)),
    withoutCredential: missing,
  };
}

/** Rejects with STACK_DOWN unless a container of the stack runs. */
export async function requireRunning({ stack }: Wanted, { engine }: EngineSight): Promise<void> {
  const containers = await engine.containers(projectName(stack));
  if (containers.some((container) => container.state === "running")) return;
  throw stackDown(
    stack,
    containers.length === 0 ? "it has no container" : `${containers.length} containers, none runs`,
  );
}

interface Unknown {
  readonly sized: readonly SizedService[];
  readonly present: ReadonlyMap<string, ObtainedImage>;
  readonly policy: ImagePolicy;
  readonly keep: (service: string) => boolean;
}

function withUnknown({ sized, present, policy, keep }: Unknown): Pick<SeenStack, "images" | "leftOut"> {
  const requires = new Map(sized.map((service) => [service.definition.name, service.requires]));
  const has = (name: string): boolean =>
    (present.has(name) || keep(name)) && (requires.get(name) ?? []).every((required) => has(required));
  const images = new Map<string, ObtainedImage>();
  const leftOut: LeftOut[] = [];
  for (const { definition } of sized) {
    const { name } = definition;
    if (has(name)) images.set(name, present.get(name) ?? unknownImage(definition.image, policy));
    else leftOut.push({ service: name, reason: reasonOf(name, present), fix: "`npm run up` tries to obtain it." });
  }
  return { images, leftOut };
}

function reasonOf(name: string, present: ReadonlyMap<string, ObtainedImage>): string {
  return present.has(name) ? "what it requires has no image in the engine" : "its image is not in the engine";
}

/** Stands for an image that is not in the engine: its reference is known only once it was obtained. */
export function unknownImage(spec: ImageSpec, policy: ImagePolicy): ObtainedImage {
  const [first] = allowedSources(spec, policy);
  const image = { reference: imageOrigin(spec, policy), version: "not known yet", notes: [] };
  const source = first !== undefined && first.kind !== "registry" ? "debian" : "registry";
  return { ...image, source, ...(first?.standIn === undefined ? {} : { standIn: first.standIn }) };
}

/** Where an image will come from, in words: the sources of one kind differ in a detail, and the first stands for them. */
export function imageOrigin(spec: ImageSpec, policy: ImagePolicy): string {
  const sources = allowedSources(spec, policy);
  const first = (["registry", "packages", "folder"] as const).map((kind) => sources.find((each) => each.kind === kind));
  const texts = sources.filter((source) => first.includes(source)).map(sourceText);
  return texts.length === 0 ? "no source" : texts.join(", or ");
}
