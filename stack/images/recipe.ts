/** What identifies an image that is built here: a hash over everything that goes into it. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageSpec, ObtainedImage, PackageSource, Suite } from "../core/service/image.ts";
import { registryReference } from "./reference.ts";
import type { StoredImage } from "../core/machine/engine.ts";

/** Labels of built images. */
export const LABELS = {
  recipe: "plumbline.recipe",
  source: "plumbline.source",
  suite: "plumbline.suite",
  notes: "plumbline.notes",
  base: "plumbline.base",
} as const;

/** Scripts that every base image holds. */
export const BASE_FOLDER = join(dirname(fileURLToPath(import.meta.url)), "base");

/** The folder with the services' folders. */
export const SERVICES_FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..", "services");

/** Raised by hand when the way of building changes so that images made before must not be taken for its result. */
const FORMAT = 1;

/** One way to build a service's image, and the hash that its image carries. */
export interface Candidate {
  readonly source: PackageSource;
  readonly hash: string;
}

/** The candidates of a service, in order of preference. The mirror is no part: it gives the same signed packages. */
export async function candidatesOf(spec: ImageSpec, services: string): Promise<readonly Candidate[]> {
  const folder = recipeFolder(spec, services);
  const files = await fingerprint(folder);
  return Promise.all(
    spec.sources.map(async (source) => ({
      source,
      hash: hashOf(FORMAT, files, source.suite, source.packages, source.versionOf, await baseHash(source.suite)),
    })),
  );
}

export function recipeFolder(spec: ImageSpec, services: string): string {
  return join(services, spec.recipe, "image");
}

/** Identifies what is in the base image of a suite. */
export async function baseHash(suite: Suite): Promise<string> {
  return hashOf(FORMAT, await fingerprint(BASE_FOLDER), suite);
}

export function hashOf(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}

/** Tag while the version inside is not known yet: never used by a stack. */
export function buildingTag(service: string, hash: string): string {
  return `plumbline/${service}:building-${shortHash(hash)}`;
}

export function builtTag(service: string, version: string, hash: string): string {
  return `plumbline/${service}:${version}-${shortHash(hash)}`;
}

/** The image that was built for one of these candidates, the preferred one first. */
export function findBuilt(
  images: readonly StoredImage[],
  service: string,
  candidates: readonly Candidate[],
): ObtainedImage | undefined {
  for (const { hash } of candidates) {
    for (const image of images) {
      if (image.labels[LABELS.recipe] !== hash) continue;
      const prefix = `plumbline/${service}:`;
      const suffix = `-${shortHash(hash)}`;
      const tag = image.tags.find(
        (tag) => tag.startsWith(prefix) && tag.endsWith(suffix) && tag !== buildingTag(service, hash),
      );
      if (tag === undefined) continue;
      const version = tag.slice(prefix.length, -suffix.length);
      return { reference: tag, source: "debian", version, notes: notesOf(image) };
    }
  }
  return undefined;
}

/** The exact tag of the registry, where it is in the engine already. */
export function findPulled(images: readonly StoredImage[], spec: ImageSpec, prefix: string): ObtainedImage | undefined {
  const { reference, version } = registryReference(spec.registry, prefix);
  const present = images.some((image) => image.tags.includes(reference));
  return present ? { reference, source: "registry", version, notes: [] } : undefined;
}

/** Notes are kept as lines of one label. */
export function notesOf(image: StoredImage): readonly string[] {
  return (image.labels[LABELS.notes] ?? "").split("\n").filter((note) => note !== "");
}

/** Path and contents of every file of a folder. The recipe's declaration (*.ts) is compared by its values instead. */
async function fingerprint(folder: string): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  return Promise.all(
    paths.map(async (path) => [relative(folder, path), hashOf(await readFile(path, "utf8"))] as const),
  );
}
