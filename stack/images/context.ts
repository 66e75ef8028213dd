/** The files that a build sees: exactly those in the hash of its recipe. */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { cp, lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/**
 * Folders that tools create beside sources, at any depth: installed packages, build output, bytecode, history. The
 * build creates its own.
 */
const IGNORED_FOLDERS: ReadonlySet<string> = new Set(["node_modules", "target", "__pycache__", ".git"]);

/** The image's declaration beside its Dockerfile: its values are in the hash, its text is not. */
const DECLARATION = "spec.ts";

export interface ContextFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly hash: string;
  /** Copied files keep their mode. */
  readonly executable: boolean;
}

/** Returns every file and symbolic link below a folder, sorted by path, except ignored ones. */
export async function contextFiles(folder: string): Promise<readonly ContextFile[]> {
  const paths = (await pathsBelow(folder, "")).toSorted();
  return Promise.all(paths.map((path) => contextFile(folder, path)));
}

/** Skips ignored folders, which may hold thousands of files. */
async function pathsBelow(folder: string, below: string): Promise<readonly string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const found = entries.map(async (entry): Promise<readonly string[]> => {
    const path = join(below, entry.name);
    if (!isWanted(path)) return [];
    if (entry.isDirectory()) return pathsBelow(folder, path);
    return entry.isFile() || entry.isSymbolicLink() ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Copies the files to `target`, so that a build sees nothing outside its hash. */
export async function copyContext(folder: string, target: string): Promise<void> {
  await cp(folder, target, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => isWanted(relative(folder, path)),
  });
}

function isWanted(path: string): boolean {
  return path !== DECLARATION && !path.split(sep).some((part) => IGNORED_FOLDERS.has(part));
}

async function contextFile(folder: string, path: string): Promise<ContextFile> {
  const place = join(folder, path);
  const found = await lstat(place);
  if (found.isSymbolicLink()) return { path, hash: textHash(`link to ${await readlink(place)}`), executable: false };
  const content = await readFile(place);
  const hash = isUtf8(content) ? textHash(content.toString("utf8")) : sha256(content);
  return { path, hash, executable: (found.mode & 0o111) !== 0 };
}

/** Hashes the text as JSON, as the tags of existing images require. */
function textHash(text: string): string {
  return sha256(JSON.stringify([text]));
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
