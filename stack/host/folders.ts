/** Folders with a mode of their own, whatever the umask is. */
import { chmod, lstat, mkdir, readdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

/** Only the owner enters: what is below is out of reach of this computer's other users, whatever its own mode. */
export const PRIVATE_FOLDER = 0o700;
/** Everybody may look, only the owner changes. */
export const OPEN_FOLDER = 0o755;

/** Makes the folder and those above it that are missing, with exactly this mode. Folders that exist keep theirs. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  if (first === undefined) return;
  const top = resolve(first);
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    await chmod(folder, mode); // the umask reduces the mode given to mkdir
    if (folder === top || folder === dirname(folder)) return;
  }
}

/**
 * Makes a folder that only its owner can enter, or closes the one that is there. A symbolic link to a folder stays as it
 * is: a person keeps it elsewhere, with a mode of their own.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  await makeFolder(path, PRIVATE_FOLDER);
  if (!(await isLink(path))) await chmod(path, PRIVATE_FOLDER);
}

/** Rejects for a symbolic link: what is done in a folder of Plumbline's own must not happen to a folder elsewhere. */
export async function refuseLink(path: string): Promise<void> {
  if (await isLink(path))
    throw Object.assign(new Error(`EFTYPE: ${path} is a symbolic link, not a folder`), { code: "EFTYPE" });
}

/**
 * Resolves the paths of everything below a folder, relative to it; none if it cannot be read. Links below it are not
 * followed: what is behind them is a person's.
 */
export async function pathsBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}

async function isLink(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isSymbolicLink() ?? false;
}
