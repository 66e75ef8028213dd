/**
 * Secret files for servers that do not start as root: readable by every user, in folders that only their owner can
 * enter.
 */
import { lstat, readdir, rm } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { DesiredService } from "../core/desire/desire.ts";
import type { SecretFile } from "../core/service/container.ts";
import { SECRET_FILES_FOLDER } from "../core/stack-names.ts";
import { fileError } from "../host/file-error.ts";
import { makePrivateFolder, refuseLink } from "../host/folders.ts";
import { openRegular } from "../host/regular-file.ts";
import { replaceFile } from "../host/replace-file.ts";

/**
 * Other users of the host cannot reach the file; the container's user can read the mounted one. A file of another mode
 * was not made by Plumbline, unless its service names it.
 */
export const SECRET_FILE_MODE = 0o444;

/**
 * Writes the wanted secret files of these services' instances below the stack's secrets folder, and removes those that
 * it wrote and that are not wanted any more; files of other instances, and of a person, stay. Files are replaced by
 * rename, so that a running container keeps the one it started with; a link or a pipe in the place of one is replaced.
 * Rejects with DISK_FULL or FILE_NOT_OURS.
 */
export async function writeSecretFiles(
  secrets: string,
  services: readonly Pick<DesiredService, "instances" | "definition">[],
): Promise<void> {
  for (const { instances, definition } of services) {
    for (const { name, container } of instances) {
      const folder = join(secrets, SECRET_FILES_FOLDER, name);
      await writeInstance(folder, container.secretFiles ?? [], definition.secretFileNames ?? []);
    }
  }
}

/** `names`: the files that are Plumbline's whatever mode they have. */
async function writeInstance(folder: string, wanted: readonly SecretFile[], names: readonly string[]): Promise<void> {
  try {
    for (const each of [dirname(folder), folder]) await refuseLink(each); // the files behind it are not Plumbline's
    const present = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const paths = new Set(wanted.map(({ path }) => join(folder, path)));
    for (const entry of present) {
      const path = join(entry.parentPath, entry.name);
      const isNamed = entry.isFile() && names.includes(relative(folder, path).split(sep).join("/"));
      if (!paths.has(path) && (isNamed || (await isOwn(path)))) await rm(path);
    }
    for (const file of wanted) await writeSecret(folder, file);
  } catch (error) {
    throw fileError(folder, error);
  }
}

async function isOwn(path: string): Promise<boolean> {
  const found = await lstat(path);
  return found.isFile() && (found.mode & 0o777) === SECRET_FILE_MODE;
}

async function writeSecret(folder: string, { path, text }: SecretFile): Promise<void> {
  const target = join(folder, path);
  for (const each of [dirname(folder), folder, dirname(target)]) {
    await refuseLink(each);
    await makePrivateFolder(each);
  }
  if (!(await holds(target, text))) await replaceFile(target, text, { mode: SECRET_FILE_MODE, suffix: "new" });
}

/** Returns whether an ordinary file with this text is there; its mode is then right, too. */
async function holds(path: string, text: string): Promise<boolean> {
  const file = await openRegular(path, { follow: false }).catch(() => undefined);
  if (!file) return false;
  try {
    if ((await file.readFile("utf8")) !== text) return false;
    await file.chmod(SECRET_FILE_MODE);
    return true;
  } finally {
    await file.close();
  }
}
