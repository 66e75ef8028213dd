/**
 * Secret files for servers that do not start as root: readable by every user, in folders that only their owner can
 * enter.
 */
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DesiredService } from "../core/desire/desire.ts";
import type { SecretFile } from "../core/service/container.ts";
import { SECRET_FILES_FOLDER } from "../core/stack-names.ts";
import { fileError } from "../host/file-error.ts";

/** Other users of the host cannot reach the file; the container's user can read the mounted one. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o444;

/**
 * Writes the wanted secret files of these services' instances below the stack's secrets folder, and removes their other
 * ones; files of other instances stay. Files are replaced by rename, so that a running container keeps the one it
 * started with. Rejects with DISK_FULL or FILE_NOT_OURS.
 */
export async function writeSecretFiles(
  secrets: string,
  services: readonly Pick<DesiredService, "instances">[],
): Promise<void> {
  for (const { name, container } of services.flatMap(({ instances }) => instances)) {
    await writeInstance(join(secrets, SECRET_FILES_FOLDER, name), container.secretFiles ?? []);
  }
}

async function writeInstance(folder: string, wanted: readonly SecretFile[]): Promise<void> {
  const present = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  try {
    const paths = new Set(wanted.map(({ path }) => join(folder, path)));
    for (const entry of present) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isDirectory() && !paths.has(path)) await rm(path);
    }
    for (const file of wanted) await writeSecret(folder, file);
  } catch (error) {
    throw fileError(folder, error);
  }
}

async function writeSecret(folder: string, { path, text }: SecretFile): Promise<void> {
  const target = join(folder, path);
  await makePrivate(dirname(folder), folder, dirname(target));
  if ((await readFile(target, "utf8").catch(() => undefined)) !== text) {
    const temporary = `${target}.new`;
    await rm(temporary, { force: true });
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, target);
  }
  // The umask reduces the mode given to writeFile.
  await chmod(target, FILE_MODE);
}

async function makePrivate(...folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    await chmod(folder, FOLDER_MODE);
  }
}
