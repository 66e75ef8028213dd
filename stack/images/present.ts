/** Images that are in the engine already. */
import { allowedSources } from "../core/service/image.ts";
import type { ImagePolicy, ImageSpec, ObtainedImage } from "../core/service/image.ts";
import type { ImageStore } from "../core/machine/engine.ts";
import { candidateOf, findBuilt, findPulled } from "./recipe.ts";

export interface PresentInput {
  readonly store: Pick<ImageStore, "list">;
  readonly policy: ImagePolicy;
  readonly services: string;
  readonly registryPrefix: string;
}

/** By service, from one list of the engine. Of several that are present, the preferred source comes first. */
export async function findPresent(
  specs: ReadonlyMap<string, ImageSpec>,
  { store, policy, services, registryPrefix }: PresentInput,
): Promise<ReadonlyMap<string, ObtainedImage>> {
  const images = await store.list();
  const present = new Map<string, ObtainedImage>();
  for (const [service, spec] of specs) {
    for (const source of allowedSources(spec, policy)) {
      const image =
        source.kind === "registry"
          ? findPulled(images, source, registryPrefix)
          : findBuilt(images, service, [await candidateOf(source, services)]);
      if (!image) continue;
      present.set(service, image);
      break;
    }
  }
  return present;
}
