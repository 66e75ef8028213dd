/** Finds images that are already in the engine. */
import { allowedSources } from "../core/service/image.ts";
import type { ImagePolicy, ImageSource, ImageSpec, ObtainedImage } from "../core/service/image.ts";
import type { RegistryPlace } from "../core/service/reference.ts";
import type { ImageStore, StoredImage } from "../core/machine/engine.ts";
import type { ImageLock } from "./lock.ts";
import { withDeadline } from "../host/deadline.ts";
import { findOtherEdition } from "./newer/other-edition.ts";
import { candidateOf, findBuilt, findPulled } from "./recipe.ts";

/**
 * Which editions of Debian count: the lock file's, as for what is about to run, or any, where the image of the edition
 * is not built yet and the one before serves.
 */
export type EditionsCounted = "locked" | "any";

export interface PresentInput {
  readonly store: Pick<ImageStore, "list">;
  readonly policy: ImagePolicy;
  readonly services: string;
  readonly registryPlace: RegistryPlace;
  readonly lock: Pick<ImageLock, "digestOf" | "editionOf">;
  readonly editions: EditionsCounted;
  readonly signal?: AbortSignal;
}

/** An image in the engine, and what it is from. */
export interface PresentImage {
  readonly image: ObtainedImage;
  readonly source: ImageSource;
  /** False if the lock file names another edition. */
  readonly isOfEdition: boolean;
}

/** Returns the source of the image in the engine, otherwise the one that is tried first. */
export function sourceInUse(
  spec: ImageSpec,
  present: PresentImage | undefined,
  policy: ImagePolicy,
): ImageSource | undefined {
  return present?.source ?? allowedSources(spec, policy)[0];
}

/** Longer than the request's own deadline. */
const LIST_DEADLINE_MS = 60_000;

/**
 * Resolves images by service, from one list request. If several are present, the preferred source wins. Rejects with
 * INTERRUPTED as soon as the signal aborts.
 */
export async function findPresent(
  specs: ReadonlyMap<string, ImageSpec>,
  input: PresentInput,
): Promise<ReadonlyMap<string, ObtainedImage>> {
  const found = await findPresentSources(specs, input);
  return new Map([...found].map(([service, { image }]) => [service, image] as const));
}

/** The same, with the source of each image. */
export async function findPresentSources(
  specs: ReadonlyMap<string, ImageSpec>,
  input: PresentInput,
): Promise<ReadonlyMap<string, PresentImage>> {
  const { store, policy, signal } = input;
  const images = await withDeadline(store.list(), LIST_DEADLINE_MS, "no list of images", signal);
  const present = new Map<string, PresentImage>();
  for (const [service, spec] of specs) {
    for (const source of allowedSources(spec, policy)) {
      const found = await ofSource(images, service, source, input);
      if (found === undefined) continue;
      // A source that served in another edition is tried again, before a less preferred one may serve.
      if (found.isOfEdition || input.editions === "any") present.set(service, { ...found, source });
      break;
    }
  }
  return present;
}

async function ofSource(
  images: readonly StoredImage[],
  service: string,
  source: ImageSource,
  { services, registryPlace, lock }: PresentInput,
): Promise<Omit<PresentImage, "source"> | undefined> {
  if (source.kind === "registry") {
    const image = findPulled(images, source, registryPlace, lock.digestOf(source.reference));
    return image && { image, isOfEdition: true };
  }
  const candidate = await candidateOf(source, services, lock.editionOf);
  const image = findBuilt(images, service, [candidate]);
  if (image) return { image, isOfEdition: true };
  const other = findOtherEdition(images, service, candidate);
  return other && { image: other, isOfEdition: false };
}
