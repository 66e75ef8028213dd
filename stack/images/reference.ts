/** The parts of an image reference. Pure. Source: github.com/distribution/reference. */

/** Stands for the registry that the engine takes where a reference names none. */
const DEFAULT_REGISTRY = "";

/** "127.0.0.1:5000" for "127.0.0.1:5000/postgres:18.6", "" for "postgres:18.6": the engine's own default. */
export function registryOf(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return isHost ? first : DEFAULT_REGISTRY;
}

/** "sha256:…" of "postgres:18.6@sha256:…"; undefined where the reference has no digest. */
export function digestOf(reference: string): string | undefined {
  return /@([^@]+)$/.exec(reference)?.[1];
}

/** The reference without its tag and digest: "127.0.0.1:5000/postgres" of "127.0.0.1:5000/postgres:18.6". */
export function repositoryOf(reference: string): string {
  return withoutDigest(reference).replace(/:[^:/]+$/, "");
}

/** The version that a registry's tag names: "4.0.9" of "rabbitmq:4.0.9-management"; the whole tag if it names none. */
export function versionOfTag(reference: string): string {
  const tag = /:([^:/]+)$/.exec(withoutDigest(reference))?.[1] ?? "latest";
  return /^v?(\d+(?:\.\d+)*)/.exec(tag)?.[1] ?? tag;
}

function withoutDigest(reference: string): string {
  return reference.replace(/@[^@]+$/, "");
}

/** A version as it may stand in a tag: "8.0.2-3.deb13u3" of Debian's "5:8.0.2-3+deb13u3", "2.7.0" of a module's "v2.7.0". */
export function tagOfVersion(version: string): string {
  return version
    .trim()
    .replace(/^(?:\d+:|v(?=\d))/, "")
    .replace(/[^A-Za-z0-9_.-]/g, ".");
}

/** The reference of a registry's image behind a prefix ("127.0.0.1:5000/"), and the version that it names. */
export function registryReference(
  registry: string,
  prefix: string,
): { readonly reference: string; readonly version: string } {
  return { reference: `${prefix}${registry}`, version: versionOfTag(registry) };
}
