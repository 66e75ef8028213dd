/** The import graph of the sources: who imports whom, by file and by room. */
import { dirname, join, normalize } from "node:path";
import { sourcesOf, withoutComments } from "./sources.ts";

export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every relative import between the sources of `folders`, dynamic ones included. */
export function importsOf(folders: readonly string[]): readonly Import[] {
  return sourcesOf(folders, [".ts", ".mjs"]).flatMap(({ path, text }) =>
    [...withoutComments(text).matchAll(/(?:\bfrom |\bimport\(|^import )\s*"(\.[^"]+)"/gm)].map(([, target = ""]) => ({
      from: path,
      to: normalize(join(dirname(path), target)),
    })),
  );
}

/** "core" for stack/core/…, "scripts" for scripts/…. */
export function roomOf(path: string): string {
  const [top = "", room = ""] = path.split("/");
  return top === "stack" ? room : top;
}

/** The arrows between rooms, each with the number of imports that it stands for. */
export function arrowsOf(imports: readonly Import[]): ReadonlyMap<string, number> {
  const arrows = new Map<string, number>();
  for (const { from, to } of imports) {
    if (roomOf(from) === roomOf(to)) continue;
    const arrow = `${roomOf(from)} -> ${roomOf(to)}`;
    arrows.set(arrow, (arrows.get(arrow) ?? 0) + 1);
  }
  return arrows;
}
