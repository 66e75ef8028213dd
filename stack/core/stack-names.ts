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
