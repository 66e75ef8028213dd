/** The project's own files, for tests of how it is built. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));

export interface Source {
  /** From the project's root, with "/". */
  readonly path: string;
  readonly text: string;
}

/** Every file below the folders whose name ends in one of `endings`. */
export function sourcesOf(folders: readonly string[], endings: readonly string[]): readonly Source[] {
  return folders
    .flatMap((folder) => readdirSync(join(PROJECT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(PROJECT, path).replaceAll("\\", "/"), text: readFileSync(path, "utf8") }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

const TEXT_OR_COMMENT = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/.*|\/\*[\s\S]*?\*\//g;

/** The code without its comments: those may take a service as an example. */
export function withoutComments(code: string): string {
  return code.replace(TEXT_OR_COMMENT, (_, text: string | undefined) => text ?? "");
}
