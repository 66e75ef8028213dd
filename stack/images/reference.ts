/** The parts of an image reference. Pure. Source: github.com/distribution/reference. */

/** Stands for the registry that the engine takes where a reference names none. */
const DEFAULT_REGISTRY = "";

/** "127.0.0.1:5000" for "127.0.0.1:5000/postgres:18.6", "" for "postgres:18.6": the engine's own default. */
export function registryOf(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return isHost ? first : DEFAULT_REGISTRY;
}

/** The version that a registry's tag names: "4.0.9" of "rabbitmq:4.0.9-management"; the whole tag if it names none. */
export function versionOfTag(reference: string): string {
  const tag = /:([^:/]+)$/.exec(reference)?.[1] ?? "latest";
  return /^v?(\d+(?:\.\d+)*)/.exec(tag)?.[1] ?? tag;
}

/** A Debian version as it may stand in a tag: "8.0.2-3.deb13u3" of "5:8.0.2-3+deb13u3". */
export function tagOfVersion(version: string): string {
  return version
    .trim()
    .replace(/^\d+:/, "")
    .replace(/[^A-Za-z0-9_.-]/g, ".");
}

/** The reference of a registry's image behind a prefix ("127.0.0.1:5000/"), and the version that it names. */
export function registryReference(
  registry: string,
  prefix: string,
): { readonly reference: string; readonly version: string } {
  return { reference: `${prefix}${registry}`, version: versionOfTag(registry) };
}
