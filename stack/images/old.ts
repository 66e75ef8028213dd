/** Images that were built here and that nothing uses any more: of another version of Plumbline, or of other packages. */
import type { ImageStore } from "../core/machine/engine.ts";
import type { ImageSpec, Suite } from "../core/service/image.ts";
import type { Host } from "../host/host.ts";
import { baseHashHere } from "./base.ts";
import { IMAGE_LABELS, SERVICES_FOLDER, candidatesOf } from "./recipe.ts";

/** Prefix of the images that Plumbline builds. */
export const BUILT_IMAGES = "plumbline/";

const SUITES: readonly Suite[] = ["trixie", "sid"];

/**
 * Resolves the tags of images with Plumbline's labels from which no container of any stack is made, and which no service
 * of the catalogue would be started from. They would be built again if an older version of Plumbline wanted them.
 */
export async function oldImages(
  store: Pick<ImageStore, "list" | "tagged">,
  catalogue: Iterable<ImageSpec>,
  host: Pick<Host, "env" | "read" | "list">,
  services = SERVICES_FOLDER,
): Promise<readonly string[]> {
  const candidates = await Promise.all([...catalogue].map((spec) => candidatesOf(spec, services)));
  const bases = SUITES.map((suite) => baseHashHere(suite, host));
  const current = new Set([...candidates.flat().map(({ hash }) => hash), ...(await Promise.all(bases))]);
  const images = await store.list();
  return (await store.tagged(BUILT_IMAGES)).flatMap(({ reference, inUse }) => {
    const { labels = {} } = images.find(({ tags }) => tags.includes(reference)) ?? {};
    const hash = labels[IMAGE_LABELS.recipe] ?? labels[IMAGE_LABELS.base];
    return inUse || hash === undefined || current.has(hash) ? [] : [reference];
  });
}
