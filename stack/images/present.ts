/** Finds images that are already in the engine. */
import { allowedSources } from "../core/service/image.ts";
import type { ImagePolicy, ImageSpec, ObtainedImage } from "../core/service/image.ts";
import type { RegistryPlace } from "../core/service/reference.ts";
import type { ImageStore } from "../core/machine/engine.ts";
import type { ImageLock } from "./lock.ts";
import { withDeadline } from "../host/deadline.ts";
import { candidateOf, findBuilt, findPulled } from "./recipe.ts";

export interface PresentInput {
  readonly store: Pick<ImageStore, "list">;
  readonly policy: ImagePolicy;
  readonly services: string;
  readonly registryPlace: RegistryPlace;
  readonly lock: Pick<ImageLock, "digestOf" | "editionOf">;
  readonly signal?: AbortSignal;
}

/** Longer than the request's own deadline. */
const LIST_DEADLINE_MS = 60_000;

/**
 * Resolves images by service, from one list request. If several are present, the preferred source wins. Rejects with
 * INTERRUPTED as soon as the signal aborts.
 */
export async function findPresent(
  specs: ReadonlyMap<string, ImageSpec>,
  { store, policy, services, registryPlace, lock, signal }: PresentInput,
): Promise<ReadonlyMap<string, ObtainedImage>> {
  const images = await withDeadline(store.list(), LIST_DEADLINE_MS, "no list of images", signal);
  const present = new Map<string, ObtainedImage>();
  for (const [service, spec] of specs) {
    for (const source of allowedSources(spec, policy)) {
      const image =
        source.kind === "registry"
          ? findPulled(images, source, registryPlace, lock.digestOf(source.reference))
          : findBuilt(images, service, [await candidateOf(source, services, lock.editionOf)]);
      if (!image) continue;
      present.set(service, image);
      break;
    }
  }
  return present;
}
