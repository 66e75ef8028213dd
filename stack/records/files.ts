/** Baselines and results on disk. Callers give the folders: `profiles/baselines`, `.plumbline/<stack>/results`. */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { messageOf, PlumblineError } from "../core/errors.ts";
import { baselineSchema, type Baseline, type RecordedBaseline } from "../core/results/baseline.ts";
import type { ResultsDocument } from "../core/results/performance-results.ts";
import { makeFolder, OPEN_FOLDER } from "../host/folders.ts";
import { readRegular, readTextIfThere } from "../host/regular-file.ts";
import { replaceFile as replaceWith } from "../host/replace-file.ts";

const SCHEMA_FILE = "baseline.schema.json";

/** Returns all baselines of a folder, by file name; none if the folder does not exist. */
export async function loadBaselines(folder: string): Promise<readonly Baseline[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith(".json") && name !== SCHEMA_FILE).toSorted();
  return Promise.all(files.map((name) => readBaseline(join(folder, name))));
}

/**
 * Returns one baseline by its name (the file name without ".json"). Rejects with BASELINE_UNKNOWN and the existing
 * names.
 */
export async function loadBaseline(folder: string, name: string): Promise<Baseline> {
  const names = (await readdir(folder).catch(() => []))
    .filter((file) => file.endsWith(".json") && file !== SCHEMA_FILE)
    .map((file) => basename(file, ".json"));
  if (names.includes(name)) return readBaseline(join(folder, `${name}.json`));
  throw new PlumblineError("BASELINE_UNKNOWN", {
    what: `There is no baseline ${name}`,
    why: names.length === 0 ? `${folder} holds none` : `${folder} holds ${names.toSorted().join(", ")}`,
    fix: "Name one of these, or record one with `npm run baseline -- record`.",
  });
}

/** Writes a baseline as "<name>.json" and returns its path. Readers never see half a file. */
export async function saveBaseline(folder: string, baseline: RecordedBaseline): Promise<string> {
  await makeFolder(folder, OPEN_FOLDER);
  const path = join(folder, `${baseline.name}.json`);
  await replaceFile(path, `${JSON.stringify(baseline, undefined, 1)}\n`);
  return path;
}

/**
 * Keeps a copy of the baseline's file as it is now, beside it, where no verdict looks. There is one per baseline: an
 * older copy is replaced. Resolves its path; undefined if there is no such baseline.
 */
export async function keepPrevious(folder: string, name: string): Promise<string | undefined> {
  const path = join(folder, `${name}.json`);
  const text = await readTextIfThere(path).catch(() => undefined);
  if (text === undefined) return undefined;
  await replaceFile(`${path}.previous`, text);
  return `${path}.previous`;
}

export interface ResultFiles {
  readonly json: string;
  readonly text: string;
  readonly html: string;
  /** A summary for a pull request. */
  readonly markdown: string;
  readonly junit: string;
}

/** Returns the paths of one run's results: "performance-results-YYYYMMDD-HHMMSS", in this machine's time. */
export function resultFiles(folder: string, startedAt: Date): ResultFiles {
  return filesOf(join(folder, `${RESULTS_PREFIX}${stampOf(startedAt)}`));
}

/** Returns the other files of the run with this JSON file. */
export function filesBeside(json: string): ResultFiles {
  return filesOf(json.replace(/\.json$/, ""));
}

const RESULTS_PREFIX = "performance-results-";

/** Returns the JSON files of all runs, the newest first. */
export async function resultsNewestFirst(folder: string): Promise<readonly string[]> {
  return newestFirst(folder, RESULTS_PREFIX);
}

/** Returns the JSON files with this prefix, the latest time in their names first; none if the folder does not exist. */
export async function newestFirst(folder: string, prefix: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const files = names.filter((name) => name.startsWith(prefix) && name.endsWith(".json"));
  return files
    .toSorted()
    .toReversed()
    .map((name) => join(folder, name));
}

/** Formats "YYYYMMDD-HHMMSS" in this machine's time. */
export function stampOf(at: Date): string {
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  return `${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
}

function filesOf(stem: string): ResultFiles {
  return {
    json: `${stem}.json`,
    text: `${stem}.txt`,
    html: `${stem}.html`,
    markdown: `${stem}.md`,
    junit: `${stem}.xml`,
  };
}

/** Writes both forms. Writing the same run again replaces them, so that a killed run leaves its last partial result. */
export async function saveResults(files: ResultFiles, document: ResultsDocument, text: string): Promise<void> {
  await makeFolder(join(files.json, ".."), OPEN_FOLDER);
  await replaceFile(files.json, `${JSON.stringify(document, undefined, 1)}\n`);
  await replaceFile(files.text, text);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

async function readBaseline(path: string): Promise<Baseline> {
  let data: unknown;
  try {
    data = JSON.parse((await readRegular(path)).toString("utf8"));
  } catch (error) {
    throw unreadable(path, messageOf(error), error);
  }
  const parsed = baselineSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw unreadable(path, z.prettifyError(parsed.error), parsed.error);
}

function unreadable(path: string, why: string, cause: unknown): PlumblineError {
  return new PlumblineError("BASELINE_INVALID", {
    what: `The baseline ${path} cannot be read`,
    why,
    fix: "Restore the file, or delete it and record it again with `npm run baseline -- record`.",
    cause,
  });
}

/** Replaces a file as a whole: readers see the old text or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await replaceWith(path, text, { mode: 0o644, suffix: "partial" });
}
