/**
 * Names of a stack's files and of its objects in the engine, shared by the code that writes and the code that finds
 * them.
 */

/** Returns the name of the Compose project, which is also the prefix of containers, volumes and networks. */
export function projectName(stack: string): string {
  return stack === "default" ? "plumbline" : `plumbline-${stack}`;
}

/** The inverse of `projectName`: returns the stack's name. */
export function stackOf(project: string): string {
  return project === "plumbline" ? "default" : project.replace(/^plumbline-/, "");
}

/** Labels by which a running container is recognised. */
export const LABELS = {
  stack: "plumbline.stack",
  service: "plumbline.service",
  instance: "plumbline.instance",
  identity: "plumbline.identity",
} as const;

/** Files of a stack's folder. */
export const COMPOSE_FILE = "compose.yaml";
export const TUNING_FILE = "tuning.env";

/** Folder of the stack's secret files, below the secrets folder, with one folder per instance. */
export const SECRET_FILES_FOLDER = "files";

/** Folder of the stack's certificates, below the secrets folder, with one folder per service. */
export const CERTIFICATES_FOLDER = "certificates";

/** Instances are named after their service: "redis", "redis-1". */
export function isInstanceOf(service: string, instance: string): boolean {
  return (
    instance === service || (instance.startsWith(`${service}-`) && /^\d+$/.test(instance.slice(service.length + 1)))
  );
}

/** The name of an instance's one volume, whose key in compose.yaml is "<instance>-data". */
export const VOLUME = "data";

/** Returns the instance of which a volume's key in compose.yaml speaks; undefined if Plumbline gives no such keys. */
export function instanceOfKey(key: string): string | undefined {
  return key.length > VOLUME.length + 1 && key.endsWith(`-${VOLUME}`) ? key.slice(0, -VOLUME.length - 1) : undefined;
}

/**
 * Returns the service of a volume "<project>-<instance>-data"; undefined if no known service has it. A person's own
 * compose file may give any other name that begins with the project's.
 */
export function serviceOfVolume(project: string, volume: string, known: readonly string[]): string | undefined {
  if (!volume.startsWith(`${project}-`)) return undefined;
  const instance = instanceOfKey(volume.slice(project.length + 1));
  return instance === undefined ? undefined : known.find((service) => isInstanceOf(service, instance));
}

/** Returns the name of the volume that keeps which image wrote a volume. */
export function recordOf(volume: string): string {
  return `${volume}${RECORD_SUFFIX}`;
}

export const RECORD_SUFFIX = ".written-by";
