/** The folder of a stack, `.plumbline/<stack>/`: generated files, secrets and results. Nothing in it is state. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlumblineError } from "../core/errors.ts";
import { COMPOSE_FILE } from "../core/stack-names.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** Container, volume and network names contain the stack's name; 30 characters keep them below Docker's limit of 63. */
const STACK_NAME = /^[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?$/;

export interface StackFolder {
  readonly root: string;
  readonly composeFile: string;
  readonly secrets: string;
  readonly results: string;
  readonly lock: string;
  readonly file: (path: string) => string;
}

/** Returns the paths of a stack. Throws WRONG_USAGE for a name that Docker would refuse. */
export function stackFolder(stack: string, project = PROJECT): StackFolder {
  if (!STACK_NAME.test(stack)) {
    throw new PlumblineError("WRONG_USAGE", {
      what: `"${stack}" cannot be the name of a stack`,
      why: "container, volume and network names are made from it",
      fix: "Use 1 to 30 lower-case letters, digits and dashes, and no dash at either end",
    });
  }
  const root = join(project, ".plumbline", stack);
  return {
    root,
    composeFile: join(root, COMPOSE_FILE),
    secrets: join(root, "secrets"),
    results: join(root, "results"),
    lock: join(root, "lock"),
    file: (path) => join(root, path),
  };
}
