/** The history on disk. The caller gives the folder: `.plumbline/<stack>/results`. */
import { join } from "node:path";
import { makeFolder, OPEN_FOLDER } from "../host/folders.ts";
import { readTextIfThere } from "../host/regular-file.ts";
import { replaceFile } from "./files.ts";
import { parseHistory, withEntry, type History } from "../judge/history.ts";
import { type HistoryEntry } from "../core/results/history.ts";

/** Returns the path of a stack's history. */
export function historyFile(folder: string): string {
  return join(folder, "history.jsonl");
}

/** Reads the history; an absent file is an empty history. Rejects if the file exists but cannot be read. */
export async function readHistory(folder: string): Promise<History> {
  return parseHistory(await readText(folder));
}

/**
 * Adds an entry. Two simultaneous writers would lose one, so the caller holds the stack's lock. The file is replaced as
 * a whole, so that readers and later runs find complete lines.
 */
export async function appendHistory(folder: string, entry: HistoryEntry): Promise<void> {
  await makeFolder(folder, OPEN_FOLDER);
  await replaceFile(historyFile(folder), withEntry(await readText(folder), entry));
}

async function readText(folder: string): Promise<string> {
  return (await readTextIfThere(historyFile(folder))) ?? "";
}
