/** Names of a stack's files and objects in the engine: what writes them and what finds them again agree here. */

/** Name of the Compose project, and the prefix of containers, volumes and networks. */
export function projectName(stack: string): string {
  return stack === "default" ? "plumbline" : `plumbline-${stack}`;
}

/** The inverse: the stack whose project this is. */
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

/** Folder below that of the stack's secrets, with one folder an instance. */
export const SECRET_FILES_FOLDER = "files";
