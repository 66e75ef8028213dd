/** Checks who owns the files of a stack, and who else may change them. */
import { chmod, lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathsBelow, PRIVATE_FOLDER } from "../../host/folders.ts";
import { sortFolder } from "../../records/own-files.ts";
import type { Wanted } from "../request/request.ts";
import { finding, ok, problem, type Finding } from "./check.ts";

type Place = Pick<Wanted, "folder" | "services">;

/** `user`: the id of the user who runs Plumbline, if this system has such ids. */
export async function checkFolders(place: Place, user = process.getuid?.()): Promise<readonly Finding[]> {
  const checks = [finding("owner", () => checkOwner(place, user)), finding("modes", () => checkModes(place))];
  return (await Promise.all(checks)).flat();
}

/** Files of another user cannot be replaced: as after one run with `sudo`. Root may change every file. */
async function checkOwner({ folder }: Place, user: number | undefined): Promise<readonly Finding[]> {
  if (user === undefined || user === 0) return [ok("owner", "this user may change every file")];
  const entries = await pathsBelow(folder.root);
  const foreign: string[] = [];
  for (const path of [folder.root, ...entries.map((entry) => join(folder.root, entry))]) {
    const found = await lstat(path).catch(() => undefined);
    if (found && found.uid !== user) foreign.push(path);
  }
  const [first] = foreign;
  if (first === undefined) return [ok("owner", "every file is this user's")];
  const more = foreign.length === 1 ? "" : `, and ${foreign.length - 1} more,`;
  const words = `${first}${more} belong${foreign.length === 1 ? "s" : ""} to another user`;
  return [problem("owner", words, `sudo chown -R ${user} ${folder.root}. It takes root, so --fix cannot.`)];
}

/** Write permission of the group and of others: containers read these files, and programs of other users may not change them. */
const OTHERS_WRITE = 0o022;

/** The passwords have a check of their own. */
async function checkModes({ folder, services }: Place): Promise<readonly Finding[]> {
  const { own, edited } = await sortFolder(folder, services, { results: true });
  const files = [...own, ...edited].filter((path) => !path.startsWith("secrets/"));
  const folders = new Set(files.map(dirname).filter((path) => path !== "."));
  const found: Finding[] = [...(await closed(folder.root, PRIVATE_FOLDER))];
  for (const path of [...folders, ...files]) found.push(...(await closed(folder.file(path))));
  return found.length > 0 ? found : [ok("modes", "only this user may change the stack's files")];
}

/** `exact`: the mode to have; otherwise others may only not write. */
async function closed(path: string, exact?: number): Promise<readonly Finding[]> {
  const found = await lstat(path).catch(() => undefined);
  if (!found || found.isSymbolicLink()) return []; // a person keeps it elsewhere
  const mode = found.mode & 0o777;
  const wanted = exact ?? mode & ~OTHERS_WRITE;
  if (mode === wanted) return [];
  const words = `${path} has mode ${octal(mode)}: other users may ${exact === undefined ? "change" : "enter"} it`;
  const repair = async () => {
    await chmod(path, wanted);
    return `set to ${octal(wanted)}`;
  };
  return [{ ...problem("modes", words, `chmod ${octal(wanted)} ${path}, or --fix.`), repair }];
}

/** 0o600 -> "0600". */
export function octal(mode: number): string {
  return `0${mode.toString(8).padStart(3, "0")}`;
}
