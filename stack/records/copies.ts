/** Reports that a pipeline wants at paths of its own. */
import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { messageOf, PlumblineError } from "../core/errors.ts";

/** Additional paths for a pipeline, with names that stay the same from run to run. */
export interface Copies {
  readonly junit?: string;
  readonly markdown?: string;
}

/** Rejects with WRONG_USAGE if a copy could not be written. Called before the run, so that no measurement is wasted. */
export async function checkCopies(copies: Copies): Promise<void> {
  const paths: Readonly<Record<string, string>> = { ...copies };
  for (const [flag, path] of Object.entries(paths)) {
    const why = await refusal(resolve(path));
    if (why !== undefined) {
      throw new PlumblineError("WRONG_USAGE", {
        what: `--${flag} ${path} cannot be written`,
        why,
        fix: "Name a file in a folder that exists",
      });
    }
  }
}

async function refusal(path: string): Promise<string | undefined> {
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    return messageOf(error);
  }
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ? "it is a folder" : undefined;
}
