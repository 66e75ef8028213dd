/** The parts of an image reference. Pure. Source: github.com/distribution/reference. */

/** The registry that the engine uses if a reference names none. */
const DEFAULT_REGISTRY = "";

/** Returns "127.0.0.1:5000" for "127.0.0.1:5000/postgres:18.6", and "" (the engine's default) for "postgres:18.6". */
export function registryOf(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return isHost ? first : DEFAULT_REGISTRY;
}

/** Returns "sha256:…" for "postgres:18.6@sha256:…"; undefined if the reference has no digest. */
export function digestInReference(reference: string): string | undefined {
  return /@([^@]+)$/.exec(reference)?.[1];
}

/** Returns the reference with a digest, unless it has one: "postgres:18.6@sha256:…" for "postgres:18.6". */
export function pinned(reference: string, digest: string | undefined): string {
  return digest === undefined || digestInReference(reference) !== undefined ? reference : `${reference}@${digest}`;
}

/** Returns the reference without its digest: "postgres:18.6" for "postgres:18.6@sha256:…". */
export function withoutDigest(reference: string): string {
  return reference.replace(/@[^@]+$/, "");
}

/** Returns the reference without tag and digest: "127.0.0.1:5000/postgres" for "127.0.0.1:5000/postgres:18.6". */
export function repositoryOf(reference: string): string {
  return withoutDigest(reference).replace(/:[^:/]+$/, "");
}

/** Returns the tag of a reference: "18.6" for "postgres:18.6@sha256:…"; "latest" if it names none. */
export function tagIn(reference: string): string {
  return /:([^:/]+)$/.exec(withoutDigest(reference))?.[1] ?? "latest";
}

/**
 * Returns the version in a registry's tag: "4.0.9" for "rabbitmq:4.0.9-management"; the whole tag if it names no
 * version.
 */
export function versionOfTag(reference: string): string {
  const tag = tagIn(reference);
  return /^v?(\d+(?:\.\d+)*)/.exec(tag)?.[1] ?? tag;
}

/**
 * Converts a version to the characters allowed in a tag: "8.0.2-3.deb13u3" for Debian's "5:8.0.2-3+deb13u3", "2.7.0"
 * for a module's "v2.7.0".
 */
export function tagOfVersion(version: string): string {
  return version
    .trim()
    .replace(/^(?:\d+:|v(?=\d))/, "")
    .replace(/[^A-Za-z0-9_.-]/g, ".");
}

/**
 * Where registries' images are taken from: a prefix of all references ("127.0.0.1:5000/"), or a mirror for each registry
 * by its name ("docker.io" → "mirror.example:5000/hub").
 */
export type RegistryPlace = string | ReadonlyMap<string, string>;

/** The name of the registry of references without one. */
const HUB = "docker.io";

/** Returns the reference at this place, and the version that it names. */
export function registryReference(
  registry: string,
  place: RegistryPlace,
): { readonly reference: string; readonly version: string } {
  const reference = typeof place === "string" ? `${place}${registry}` : mirrored(registry, place);
  return { reference, version: versionOfTag(registry) };
}

/** A mirror has the whole path: "library/postgres:18.6" of "postgres:18.6", "edoburu/pgbouncer:1.24" as it is. */
function mirrored(reference: string, mirrors: ReadonlyMap<string, string>): string {
  const registry = registryOf(reference);
  const mirror = mirrors.get(registry === DEFAULT_REGISTRY ? HUB : registry);
  if (mirror === undefined) return reference;
  const path = registry === DEFAULT_REGISTRY ? reference : reference.slice(registry.length + 1);
  const isOfficial = (registry === DEFAULT_REGISTRY || registry === HUB) && !path.includes("/");
  return `${mirror}/${isOfficial ? "library/" : ""}${path}`;
}

/**
 * Parses "docker.io=mirror.example:5000/hub, ghcr.io=mirror.example:5000/ghcr". Returns undefined if a part is not of this
 * form.
 */
export function parseMirrors(text: string): ReadonlyMap<string, string> | undefined {
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  const pairs = parts.map((part) => /^([\w.-]+(?::\d+)?)=([\w.-]+(?::\d+)?(?:\/[\w.-]+)*)\/?$/.exec(part));
  if (pairs.includes(null)) return undefined;
  return new Map(pairs.flatMap((pair) => (pair?.[1] && pair[2] ? [[pair[1], pair[2]] as const] : [])));
}
