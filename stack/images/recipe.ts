/** Identifies an image built here: a hash over everything that goes into it. */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  digestInReference,
  pinned,
  registryReference,
  repositoryOf,
  withoutDigest,
  type RegistryPlace,
} from "../core/service/reference.ts";
import type { StoredImage } from "../core/machine/engine.ts";
import { standInNote } from "../core/service/image.ts";
import type {
  BuildSource,
  EditionOf,
  ImageSource,
  ImageSpec,
  ObtainedImage,
  RegistrySource,
  Suite,
  VersionSource,
} from "../core/service/image.ts";
import { contextFiles } from "./context.ts";

/** Labels of built images. */
export const IMAGE_LABELS = {
  recipe: "plumbline.recipe",
  /** The hash of the recipe without editions, which images of other editions have too. */
  anyEdition: "plumbline.recipe.any-edition",
  source: "plumbline.source",
  suite: "plumbline.suite",
  notes: "plumbline.notes",
  base: "plumbline.base",
  /** The day on which the packages of the base were taken. */
  baseBuilt: "plumbline.base.built",
  /** The date of the newest package index of the base. */
  index: "plumbline.index",
  /** The day of the build of a service's image. */
  built: "plumbline.built",
} as const;

/** The scripts that every base image contains. */
export const BASE_FOLDER = join(dirname(fileURLToPath(import.meta.url)), "base");

/** The folder that contains the services' folders. */
export const SERVICES_FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..", "services");

/** Raised by hand when a change of the build must invalidate existing images. */
const FORMAT = 2;

/** One way to build a service's image, with the hash that its image carries. */
export interface Candidate {
  readonly source: BuildSource;
  readonly hash: string;
  /** The hash without editions. Also that of an image which was built without one. */
  readonly anyEdition: string;
}

/** Returns the ways to build a service's image, in order of preference. */
export function candidatesOf(spec: ImageSpec, services: string, editionOf: EditionOf): Promise<readonly Candidate[]> {
  return Promise.all(spec.sources.filter(isBuild).map((source) => candidateOf(source, services, editionOf)));
}

function isBuild(source: ImageSource): source is BuildSource {
  return source.kind !== "registry";
}

/**
 * The hash does not include the mirror: every mirror gives the same signed packages. It includes the editions of the
 * suites, by the bases.
 */
export async function candidateOf(source: BuildSource, services: string, editionOf: EditionOf): Promise<Candidate> {
  const files = await contextFiles(join(services, source.folder));
  const [hash, anyEdition] = await Promise.all([
    recipeHash(source, files, editionOf),
    recipeHash(source, files, () => undefined),
  ]);
  return { source, hash, anyEdition };
}

async function recipeHash(
  source: BuildSource,
  files: Awaited<ReturnType<typeof contextFiles>>,
  editionOf: EditionOf,
): Promise<string> {
  const base = await baseHash(source.suite, editionOf(source.suite));
  const version = versionPart(source.version);
  switch (source.kind) {
    case "packages": {
      const texts = files.map(({ path, hash }) => [path, hash]);
      return hashOf(FORMAT, texts, source.suite, source.packages, version, base);
    }
    case "folder": {
      const { suite, tools, args = {} } = source;
      const given = Object.entries(args).toSorted(([a], [b]) => (a < b ? -1 : 1));
      const toolsBase = tools === undefined ? null : await baseHash(tools, editionOf(tools));
      return hashOf(FORMAT, "folder", files, suite, given, version, base, toolsBase);
    }
  }
}

/** Returns the suites whose packages a source is built from. */
export function suitesOf(source: BuildSource): readonly Suite[] {
  return source.kind === "folder" && source.tools !== undefined ? [source.suite, source.tools] : [source.suite];
}

function versionPart(version: VersionSource): unknown {
  if ("package" in version) return version.package;
  if ("fixed" in version) return { fixed: version.fixed };
  return { command: version.command, pattern: version.pattern.source };
}

/** Returns the hash of a suite's base image. A new edition gives a new image, and so a new one of each on it. */
export async function baseHash(suite: Suite, edition: string | undefined): Promise<string> {
  const texts = (await contextFiles(BASE_FOLDER)).map(({ path, hash }) => [path, hash]);
  return hashOf(FORMAT, texts, suite, ...(edition === undefined ? [] : [edition]));
}

export function hashOf(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}

/** Returns the tag of an image whose version is not known yet; no stack uses it. */
export function buildingTag(service: string, hash: string): string {
  return `plumbline/${service}:building-${shortHash(hash)}`;
}

export function builtTag(service: string, version: string, hash: string): string {
  return `plumbline/${service}:${version}-${shortHash(hash)}`;
}

/** Returns the image that was built from one of these candidates; the preferred candidate first. */
export function findBuilt(
  images: readonly Pick<StoredImage, "tags" | "labels">[],
  service: string,
  candidates: readonly Pick<Candidate, "source" | "hash">[],
): ObtainedImage | undefined {
  for (const { source, hash } of candidates) {
    for (const image of images) {
      if (image.labels[IMAGE_LABELS.recipe] !== hash) continue;
      const found = builtImage(image, service, source);
      if (found) return found;
    }
  }
  return undefined;
}

/** Describes a service's image that was built from this source; undefined if its build did not end. */
export function builtImage(
  image: Pick<StoredImage, "tags" | "labels">,
  service: string,
  source: BuildSource,
): ObtainedImage | undefined {
  const hash = image.labels[IMAGE_LABELS.recipe] ?? "";
  const prefix = `plumbline/${service}:`;
  const suffix = `-${shortHash(hash)}`;
  const tag = image.tags.find(
    (tag) => tag.startsWith(prefix) && tag.endsWith(suffix) && tag !== buildingTag(service, hash),
  );
  if (tag === undefined) return undefined;
  const version = tag.slice(prefix.length, -suffix.length);
  return obtained(source, { reference: tag, version, notes: notesOf(image), ...agesOf(image) });
}

/**
 * Returns the image with the registry's exact tag or digest, if it is in the engine. `locked`: the digest that the lock
 * file has for the tag. An image under the tag that no registry gave, because it was loaded from a file or built here,
 * has no digest to compare and is used as it is.
 */
export function findPulled(
  images: readonly Pick<StoredImage, "tags" | "digests">[],
  source: RegistrySource,
  place: RegistryPlace,
  locked?: string,
): ObtainedImage | undefined {
  const { reference, version } = registryReference(pinned(source.reference, locked), place);
  const digest = digestInReference(reference);
  // An image pulled by digest has no tag.
  const name = digest === undefined ? reference : `${repositoryOf(reference)}@${digest}`;
  const present = images.some(({ tags, digests }) => tags.includes(name) || digests.includes(name));
  if (present) return obtained(source, { reference, version, notes: [] });
  const tag = withoutDigest(reference);
  const ofRegistry = `${repositoryOf(reference)}@`;
  const loaded = images.some(({ tags, digests }) => {
    return tags.includes(tag) && !digests.some((each) => each.startsWith(ofRegistry));
  });
  return loaded ? obtained(source, { reference: tag, version, notes: [] }) : undefined;
}

/** Describes an image obtained from this source. */
export function obtained(
  { kind, standIn }: ImageSource,
  found: Omit<ObtainedImage, "source" | "standIn">,
): ObtainedImage {
  const source = kind === "registry" ? "registry" : "debian";
  if (standIn === undefined) return { ...found, source };
  return { ...found, source, standIn, notes: [standInNote(standIn), ...found.notes] };
}

/** Returns the dates in the labels of an image that was built here. */
export function agesOf({ labels }: Pick<StoredImage, "labels">): Pick<ObtainedImage, "builtOn" | "indexDate"> {
  const builtOn = labels[IMAGE_LABELS.baseBuilt] ?? labels[IMAGE_LABELS.built];
  const indexDate = labels[IMAGE_LABELS.index];
  return { ...(builtOn ? { builtOn } : {}), ...(indexDate ? { indexDate } : {}) };
}

/** Returns the notes, stored as the lines of one label. */
export function notesOf(image: Pick<StoredImage, "labels">): readonly string[] {
  return (image.labels[IMAGE_LABELS.notes] ?? "").split("\n").filter((note) => note !== "");
}
