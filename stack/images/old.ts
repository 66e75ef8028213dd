/** Images that were built here and that nothing uses any more: of another version of Plumbline, or of other packages. */
import type { ImageStore } from "../core/machine/engine.ts";
import { SUITES, type EditionOf, type ImageSpec } from "../core/service/image.ts";
import type { Host } from "../host/host.ts";
import { baseHashHere } from "./base.ts";
import { ageOf, type Age } from "./newer/age.ts";
import { othersOf } from "./newer/other-edition.ts";
import { IMAGE_LABELS, SERVICES_FOLDER, agesOf, candidatesOf, type Candidate } from "./recipe.ts";

/** Prefix of the images that Plumbline builds. */
export const BUILT_IMAGES = "plumbline/";

/**
 * Resolves the tags of images with Plumbline's labels from which no container of any stack is made, and which no service
 * of the catalogue would be started from, not even where the image of its edition cannot be built. They would be built
 * again if an older version of Plumbline wanted them.
 */
export async function oldImages(
  store: Pick<ImageStore, "list" | "tagged">,
  catalogue: Iterable<ImageSpec>,
  host: Pick<Host, "env" | "read" | "list">,
  editionOf: EditionOf,
): Promise<readonly string[]> {
  const candidates = await Promise.all([...catalogue].map((spec) => candidatesOf(spec, SERVICES_FOLDER, editionOf)));
  const bases = SUITES.map((suite) => baseHashHere(suite, host, editionOf));
  const current = new Set([...candidates.flat().map(({ hash }) => hash), ...(await Promise.all(bases))]);
  const images = await store.list();
  const spare = spareImages(images, candidates.flat());
  return (await store.tagged(BUILT_IMAGES)).flatMap(({ reference, inUse }) => {
    const { labels = {} } = images.find(({ tags }) => tags.includes(reference)) ?? {};
    const hash = labels[IMAGE_LABELS.recipe] ?? labels[IMAGE_LABELS.base];
    return inUse || hash === undefined || current.has(hash) || spare.has(reference) ? [] : [reference];
  });
}

/** Returns the newest image of each recipe that has none of the edition: it serves while that cannot be built. */
function spareImages(
  images: Awaited<ReturnType<ImageStore["list"]>>,
  candidates: readonly Candidate[],
): ReadonlySet<string> {
  const missing = candidates.filter(({ hash }) => images.every(({ labels }) => labels[IMAGE_LABELS.recipe] !== hash));
  return new Set(missing.flatMap((candidate) => othersOf(images, candidate)[0]?.tags ?? []));
}

interface AgedImage {
  readonly reference: string;
  readonly age: Age;
}

/** Resolves the images of services that were built here from packages that are too old, and that something may start. */
export async function agedImages(
  store: Pick<ImageStore, "list" | "tagged">,
  old: readonly string[],
  now: Date,
): Promise<readonly AgedImage[]> {
  const images = await store.list();
  return (await store.tagged(BUILT_IMAGES)).flatMap(({ reference }) => {
    const image = images.find(({ tags }) => tags.includes(reference));
    if (image?.labels[IMAGE_LABELS.recipe] === undefined || old.includes(reference)) return [];
    const age = ageOf(agesOf(image), now);
    return age === undefined ? [] : [{ reference, age }];
  });
}
