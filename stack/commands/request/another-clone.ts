/** A stack of this name that another clone of the project brought up: another person may be using it. */
import { realpath } from "node:fs/promises";
import { PlumblineError } from "../../core/errors.ts";
import type { Engine, Volume } from "../../core/machine/engine.ts";
import type { ObservedContainer } from "../../core/machine/facts.ts";
import { projectName } from "../../core/stack-names.ts";
import type { StackFolder } from "../../records/folder.ts";
import type { Wanted } from "./request.ts";

/**
 * Returns the folders of other clones that containers and volumes of this stack's name were created from. Links are followed: one
 * clone reached by two paths is one clone.
 */
export async function madeElsewhere(
  containers: readonly Pick<ObservedContainer, "folder">[],
  { root }: Pick<StackFolder, "root">,
  volumes: readonly Pick<Volume, "folder">[] = [],
): Promise<readonly string[]> {
  const users = await clonesOf(containers, root);
  // A volume keeps the folder of a clone that was moved since.
  const makers = (await clonesOf(volumes, root)).filter(({ real }) => real !== undefined);
  return [...new Set([...users, ...makers].map(({ folder }) => folder))];
}

async function clonesOf(made: readonly { readonly folder?: string }[], root: string) {
  const own = await realOf(root);
  const folders = [...new Set(made.flatMap(({ folder }) => (folder === undefined ? [] : [folder])))];
  const found = await Promise.all(folders.map(async (folder) => ({ folder, real: await realOf(folder) })));
  return found.filter(({ folder, real }) => folder !== root && (real === undefined || real !== own));
}

/** Resolves undefined for a folder that is not there. */
async function realOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

export interface Asking {
  /** "Stop", "Change". */
  readonly verb: string;
  readonly confirm: (question: string) => Promise<boolean>;
}

/**
 * Asks before a stack of another clone is touched. Resolves that clone's folders; rejects with NEEDS_CONFIRMATION if the
 * answer is no. A folder that is not there is no clone that somebody uses: this one was moved, and nobody is asked.
 */
export async function askForAnotherClone(
  engine: Pick<Engine, "containers">,
  { stack, folder }: Pick<Wanted, "stack" | "folder">,
  { verb, confirm }: Asking,
): Promise<readonly string[]> {
  const clones = await clonesOf(await engine.containers(projectName(stack)), folder.root);
  const elsewhere = clones.map((clone) => clone.folder);
  const living = clones.filter(({ real }) => real !== undefined).map((clone) => clone.folder);
  if (living.length === 0) return elsewhere;
  const question = `The stack ${stack} was brought up from ${living.join(" and ")}. ${verb} it from here?`;
  if (await confirm(question)) return elsewhere;
  throw new PlumblineError("NEEDS_CONFIRMATION", {
    what: `Not done: ${question}`,
    why: "the answer was no",
    fix: "Nothing was changed. Use another name here: --stack <name>",
  });
}
