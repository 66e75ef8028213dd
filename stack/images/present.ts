/** Images that are in the engine already. */
import type { ImagePolicy, ImageSpec, ObtainedImage } from "../core/service/image.ts";
import { candidatesOf, findBuilt, findPulled } from "./recipe.ts";
import type { ImageStore } from "../core/machine/engine.ts";

export interface PresentInput {
  readonly store: Pick<ImageStore, "list">;
  readonly policy: ImagePolicy;
  readonly services: string;
  readonly registryPrefix: string;
}

/** By service, from one list of the engine. A pulled image comes first where the policy leaves the choice. */
export async function findPresent(
  specs: ReadonlyMap<string, ImageSpec>,
  { store, policy, services, registryPrefix }: PresentInput,
): Promise<ReadonlyMap<string, ObtainedImage>> {
  const images = await store.list();
  const present = new Map<string, ObtainedImage>();
  for (const [service, spec] of specs) {
    const pulled = policy === "debian" ? undefined : findPulled(images, spec, registryPrefix);
    const image =
      pulled ?? (policy === "registry" ? undefined : findBuilt(images, service, await candidatesOf(spec, services)));
    if (image) present.set(service, image);
  }
  return present;
}
