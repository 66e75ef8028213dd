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

/** Returns the reference without tag and digest: "127.0.0.1:5000/postgres" for "127.0.0.1:5000/postgres:18.6". */
export function repositoryOf(reference: string): string {
  return withoutDigest(reference).replace(/:[^:/]+$/, "");
}

/**
 * Returns the version in a registry's tag: "4.0.9" for "rabbitmq:4.0.9-management"; the whole tag if it names no
 * version.
 */
export function versionOfTag(reference: string): string {
  const tag = /:([^:/]+)$/.exec(withoutDigest(reference))?.[1] ?? "latest";
  return /^v?(\d+(?:\.\d+)*)/.exec(tag)?.[1] ?? tag;
}

function withoutDigest(reference: string): string {
  return reference.replace(/@[^@]+$/, "");
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

/** Returns the reference with a prefix ("127.0.0.1:5000/"), and the version that it names. */
export function registryReference(
  registry: string,
  prefix: string,
): { readonly reference: string; readonly version: string } {
  return { reference: `${prefix}${registry}`, version: versionOfTag(registry) };
}
