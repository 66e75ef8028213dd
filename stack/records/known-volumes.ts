/**
 * Which volumes have held data: a file in the stack's folder, so that a loss is told. Nothing else is decided by it.
 */
import { parse } from "yaml";
import { z } from "zod";
import { fileError } from "../host/file-error.ts";
import { readTextIfThere } from "../host/regular-file.ts";
import { replaceFile } from "../host/replace-file.ts";
import { fileState, sign } from "../render/signature.ts";
import type { StackFolder } from "./folder.ts";

const NAME = "volumes.yaml";
const HEAD = "# Volumes whose servers have worked: `up` and `plan` say if one of them is gone.\n";
const Names = z.array(z.string());
const FILE_MODE = 0o600;

/** Resolves their names; empty if there is no file, or none that can be read. */
export async function knownVolumes(folder: StackFolder): Promise<ReadonlySet<string>> {
  try {
    return new Set(Names.safeParse(parse((await readTextIfThere(folder.file(NAME))) ?? "")).data);
  } catch {
    return new Set();
  }
}

/** Adds and removes names. Writes only what is new. Rejects if the file cannot be written. */
export async function noteVolumes(
  folder: StackFolder,
  { with: added = [], without = [] }: { readonly with?: readonly string[]; readonly without?: readonly string[] },
): Promise<void> {
  const known = await knownVolumes(folder);
  const names = new Set([...known, ...added].filter((name) => !without.includes(name)));
  if (names.size === known.size && [...names].every((name) => known.has(name))) return;
  const text = `${HEAD}${[...names]
    .toSorted()
    .map((name) => `- ${name}\n`)
    .join("")}`;
  const path = folder.file(NAME);
  const there = await readTextIfThere(path).catch(() => "");
  if (fileState(NAME, there, "") === "foreign") return; // a person's own file
  try {
    await replaceFile(path, sign(NAME, text), { mode: FILE_MODE, suffix: "new" });
  } catch (error) {
    throw fileError(path, error);
  }
}
