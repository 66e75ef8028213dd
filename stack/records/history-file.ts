/** The history on disk. The folder is the caller's: `.plumbline/<stack>/results`. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "./files.ts";
import { parseHistory, withEntry, type History } from "../judge/history.ts";
import { type HistoryEntry } from "../core/results/history.ts";

/** The path of a stack's history. */
export function historyFile(folder: string): string {
  return join(folder, "history.jsonl");
}

/** An absent file is an empty history. Rejects where the file is there and cannot be read. */
export async function readHistory(folder: string): Promise<History> {
  return parseHistory(await readText(folder));
}

/**
 * Adds an entry. Two writers at once would lose an entry: the caller holds the stack's lock. The file is replaced whole,
 * so that a reader, and the run after a killed one, find whole lines.
 */
export async function appendHistory(folder: string, entry: HistoryEntry): Promise<void> {
  await mkdir(folder, { recursive: true });
  await replaceFile(historyFile(folder), withEntry(await readText(folder), entry));
}

async function readText(folder: string): Promise<string> {
  try {
    return await readFile(historyFile(folder), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
