/** Which files of a stack's folder Plumbline made, and which are a person's. */
import { lstat, readdir, rename, rm, rmdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { ConfiguredService } from "../core/service/service.ts";
import { CERTIFICATES_FOLDER, isInstanceOf, SECRET_FILES_FOLDER } from "../core/stack-names.ts";
import { readTextIfThere } from "../host/regular-file.ts";
import { fileState, isCommented } from "../render/signature.ts";
import type { StackFolder } from "./folder.ts";
import { SECRET_FILE_MODE } from "./secret-files.ts";

/** What of a service tells its files from others. */
export type Owning = Pick<ConfiguredService, "name" | "credentials" | "unsignedFiles" | "secretFileNames">;

/** Paths are relative to the stack's folder, sorted. */
export interface FolderContent {
  /** Made by Plumbline, and unchanged. */
  readonly own: readonly string[];
  /** Generated, then edited by a person. */
  readonly edited: readonly string[];
  /** Not made by Plumbline, or a copy of what a person wrote. */
  readonly foreign: readonly string[];
}

/** The lock belongs to the running command, and the log to an engine that Plumbline started and that still runs. */
const IN_USE = ["lock", "engine"];

/** Sorts the files of a stack's folder by who made them; without the results unless they are requested. */
export async function sortFolder(
  folder: StackFolder,
  services: readonly Owning[],
  { results }: { readonly results: boolean },
): Promise<FolderContent> {
  const content: Record<keyof FolderContent, string[]> = { own: [], edited: [], foreign: [] };
  for (const path of await filesBelow(folder.root)) {
    const [top = ""] = path.split("/");
    if (IN_USE.includes(top) || (top === "results" && !results)) continue;
    content[await ownerOf(folder, path, services)].push(path);
  }
  return content;
}

/** Returns whether a path in a stack's folder is an unfinished file of a killed run. */
export function isTemporary(path: string): boolean {
  const posix = path.split(sep).join("/");
  return TEMPORARY.some((each) => each.test(posix));
}

/**
 * Temporary files that are written next to a file and then renamed over it: generated files, results, credentials and
 * the lock.
 */
const TEMPORARY = [
  /^(?:[^/]+\.(?:yaml|env)|conf\/.+|secrets\/(?:files|certificates)\/.+)\.new$/,
  /^results\/(?:performance-results-[^/]+|startup-trace-[^/]+|history\.jsonl)\.partial$/,
  /^lock\.(?:dead\.)?\d+(?:-[0-9a-f]{8})?$/,
  // Eight digits are the date of a person's copy.
  /^secrets\/[^/]+\.(?!\d{8}$)[0-9a-f]{8}$/,
];

/** Removes these files, and the folders that become empty. What else is in a folder keeps it. */
export async function removeFiles(folder: StackFolder, { own, edited }: FolderContent): Promise<void> {
  for (const path of edited) await rename(folder.file(path), await freeName(folder.file(`${path}.edited`)));
  for (const path of own) await rm(folder.file(path), { force: true });
  await removeEmptyFolders(folder.root, FOLDERS);
}

/** An edited text that was kept before stays too: "compose.yaml.edited", "compose.yaml.edited.2". */
async function freeName(path: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? path : `${path}.${number}`;
    if ((await lstat(name).catch(() => undefined)) === undefined) return name;
  }
}

/** Folders that Plumbline makes; an empty folder of a person's is left. */
const FOLDERS = ["conf", "secrets", "results"];

async function removeEmptyFolders(root: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(root, name);
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    const below = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    if (!(await isFolder(path))) continue;
    await removeEmptyFolders(path, below);
    await rmdir(path).catch(() => undefined); // not empty
  }
}

/** Returns false for a link to a folder: what is behind it is a person's. */
async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** Resolves everything that is no folder, by path with slashes. Links are not followed. */
async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
}

async function ownerOf(folder: StackFolder, path: string, services: readonly Owning[]): Promise<keyof FolderContent> {
  const found = await lstat(folder.file(path)).catch(() => undefined);
  if (!found?.isFile()) return "foreign";
  if (isTemporary(path)) return isWrittenAnew(path) ? ownerOf(folder, path.slice(0, -NEW.length), services) : "own";
  const [top = "", second = "", ...rest] = path.split("/");
  if (top === "secrets") {
    if (second === SECRET_FILES_FOLDER && rest.length > 0)
      return (found.mode & 0o777) === SECRET_FILE_MODE || isSecretFile(rest, services) ? "own" : "foreign";
    if (second === CERTIFICATES_FOLDER) return CERTIFICATE.test(rest.join("/")) ? "own" : "foreign";
    return rest.length === 0 && isCredential(second, services) ? "own" : "foreign";
  }
  if (top === "results") return rest.length === 0 && RESULT.test(second) ? "own" : "foreign";
  if (top === "conf" && !isCommented(path)) return isUnsigned(second, rest.join("/"), services) ? "own" : "foreign";
  return signed(folder, path);
}

const NEW = ".new";

/** A file that was to replace the one of this name; without that one nobody knows whose it is. */
function isWrittenAnew(path: string): boolean {
  return path.endsWith(NEW);
}

const CERTIFICATE = /^(?:authorities\/[^/.]+|[^/]+\/[^/.]+\.[0-9a-f]{12})\.(?:crt|key)$/;

const RESULT =
  /^(?:performance-results-\d{8}-\d{6}\.(?:json|txt|html|md|xml)|startup-trace-\d{8}-\d{6}\.json|history\.jsonl)$/;

function isCredential(id: string, services: readonly Owning[]): boolean {
  return services.some(({ name, credentials }) => credentials.some((each) => id === `${name}.${each.name}`));
}

/** A person may have closed the file to others, and its password must go all the same. */
function isSecretFile([instance = "", ...path]: readonly string[], services: readonly Owning[]): boolean {
  return services.some(
    ({ name, secretFileNames = [] }) => isInstanceOf(name, instance) && secretFileNames.includes(path.join("/")),
  );
}

function isUnsigned(instance: string, file: string, services: readonly Owning[]): boolean {
  return services.some(({ name, unsignedFiles }) => isInstanceOf(name, instance) && unsignedFiles.includes(file));
}

async function signed(folder: StackFolder, path: string): Promise<keyof FolderContent> {
  if (!isCommented(path)) return "foreign";
  switch (fileState(path, await readTextIfThere(folder.file(path)).catch(() => undefined), "")) {
    case "outdated":
      return "own";
    case "edited":
      return "edited";
    case "same":
    case "absent":
    case "foreign":
      return "foreign";
  }
}
