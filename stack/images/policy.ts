/** Obtains the images of all services: the order of the work, and what a failure leads to. */
import pLimit from "p-limit";
import type { LimitFunction } from "p-limit";
import { messageOf } from "../core/errors.ts";
import type { ImageOutcome, ImagePolicy, ImageSpec, ObtainedImage, Suite } from "../core/service/image.ts";
import type { Report } from "../core/progress.ts";
import type { Base } from "./base.ts";
import type { BuildOrder } from "./build.ts";
import type { Failure } from "./failure.ts";
import type { ImageLock } from "./lock.ts";
import { findPresent, type EditionsCounted } from "./present.ts";
import { fromSources } from "./obtain-one.ts";
import { registryProbe } from "./registry.ts";
import type { Ask } from "./registry.ts";
import type { RegistryPlace } from "../core/service/reference.ts";
import type { ImageStore } from "../core/machine/engine.ts";

export interface PolicyInput {
  readonly policy: ImagePolicy;
  readonly registryPlace: RegistryPlace;
  readonly services: string;
  readonly store: ImageStore;
  readonly lock: ImageLock;
  /** Whether an image of another edition serves where that of the lock file's cannot be built. */
  readonly editions: EditionsCounted;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Ends the work on the other services: called when one of them met a failure that ends the run. */
  readonly end: (reason: unknown) => void;
  readonly baseMaker: () => Promise<(suite: Suite) => Promise<Base>>;
  readonly build: (order: BuildOrder, detail: (line: string) => void) => Promise<Failure | undefined>;
}

/** The disk limits unpacking and the network limits fetching: more builds at once gain nothing. */
const SIMULTANEOUS_BUILDS = 3;

/**
 * Resolves to the outcome of every service. Rejects with the first failure that does not belong to a single service.
 */
export async function obtainAll(
  specs: ReadonlyMap<string, ImageSpec>,
  input: PolicyInput,
): Promise<ReadonlyMap<string, ImageOutcome>> {
  const present = await findPresent(specs, { ...input, editions: "locked" });
  const ask = registryProbe(input.store);
  const noted = new Set<string>();
  const noteOnce = (text: string) => {
    if (!noted.has(text)) input.report({ kind: "note", text });
    noted.add(text);
  };
  const limit = pLimit(SIMULTANEOUS_BUILDS);
  let maker: ReturnType<PolicyInput["baseMaker"]> | undefined;
  const base = async (suite: Suite) => {
    maker ??= input.baseMaker();
    return (await maker)(suite);
  };
  const tasks = [...specs].map(async ([service, spec]): Promise<readonly [string, ImageOutcome]> => {
    const image = present.get(service);
    if (image) return [service, { ok: true, image }];
    try {
      return [service, await obtainOne(service, spec, { ...input, ask, noteOnce, limit, base })];
    } catch (error) {
      input.report({ kind: "step-failed", id: stepId(service), reason: messageOf(error) });
      input.end(error);
      throw error;
    }
  });
  const settled = await Promise.allSettled(tasks); // each task has ended its processes before this one ends
  const failed = settled.find((task) => task.status === "rejected");
  if (failed) throw input.signal.aborted ? input.signal.reason : failed.reason;
  return new Map(settled.flatMap((task) => (task.status === "fulfilled" ? [task.value] : [])));
}

interface OneInput extends PolicyInput {
  readonly ask: Ask;
  readonly noteOnce: (text: string) => void;
  /** Builds wait here for their turn, first come, first served. */
  readonly limit: LimitFunction;
  readonly base: (suite: Suite) => Promise<Base>;
}

async function obtainOne(service: string, spec: ImageSpec, input: OneInput): Promise<ImageOutcome> {
  const { report } = input;
  report({
    kind: "step-started",
    id: stepId(service),
    title: `image of ${service}`,
    because: "it is not in the engine",
  });
  const outcome = await fromAnywhere(service, spec, input);
  if (outcome.ok) report({ kind: "step-done", id: stepId(service), detail: describe(outcome.image) });
  else report({ kind: "step-failed", id: stepId(service), reason: outcome.reason });
  if (outcome.ok) reportNotes(service, outcome.image, report);
  return outcome;
}

function fromAnywhere(service: string, spec: ImageSpec, input: OneInput): Promise<ImageOutcome> {
  const { signal, limit } = input;
  const detail = (line: string) => input.report({ kind: "step-progress", id: stepId(service), detail: line });
  return fromSources(service, spec, {
    ...input,
    editionOf: input.lock.editionOf,
    detail,
    // Waiting for a base image takes no slot, so it does not block a build on another base.
    build: (order) =>
      limit(() => {
        signal.throwIfAborted();
        return input.build(order, detail);
      }),
  });
}

function describe({ reference, source }: ObtainedImage): string {
  switch (source) {
    case "registry":
      return `pulled ${reference}`;
    case "debian":
      return `built ${reference}`;
  }
}

function reportNotes(service: string, { notes }: ObtainedImage, report: Report): void {
  for (const note of notes) report({ kind: "note", text: `image of ${service}: ${note}` });
}

function stepId(service: string): string {
  return `image:${service}`;
}
