/** Removes the oldest measured runs of a stack, so that its folder does not grow for ever. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Baseline } from "../core/results/baseline.ts";
import { mib } from "../core/units.ts";
import { readRegular } from "../host/regular-file.ts";

export interface Retention {
  /** The newest runs that stay. */
  readonly runs: number;
  /** Size of all files of the runs that stay, in bytes. */
  readonly size: number;
}

/** Half a year of daily work. A run takes about half a megabyte. */
export const RETENTION: Retention = { runs: 200, size: mib(200) };

/** The newest runs stay whatever their size: this many are looked at for the last complete one. */
const NEWEST = 10;

/** What Plumbline names the files of one run, and the trace of one start. */
const OF_RUN = /^(performance-results-\d{8}-\d{6})\.(?:json|txt|html|md|xml)$/;
const OF_START = /^(startup-trace-\d{8}-\d{6})\.json$/;

/**
 * Removes runs beyond the limits, the oldest first, with all of their files, and start-up traces beyond the same number.
 * Keeps runs that began at one of `referred` (ISO 8601: the runs of baselines), results that cannot be read, and every
 * file that is not Plumbline's. Resolves the removed names without their endings, oldest first; the caller holds the
 * stack's lock.
 */
export async function removeOldRuns(
  folder: string,
  referred: ReadonlySet<string>,
  { runs, size }: Retention = RETENTION,
): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const removed: string[] = [];
  let kept = 0;
  let keptBytes = 0;
  for (const [stem, files] of newestFirst(names, OF_RUN)) {
    const bytes = await sizeOf(folder, files);
    const isWithin = kept < NEWEST || (kept < runs && keptBytes + bytes <= size);
    if (isWithin || !(await mayGo(join(folder, `${stem}.json`), referred))) {
      kept += 1;
      keptBytes += bytes;
      continue;
    }
    if (await areRemoved(folder, files)) removed.push(stem);
  }
  for (const [stem, files] of newestFirst(names, OF_START).slice(Math.max(NEWEST, runs))) {
    if (await areRemoved(folder, files)) removed.push(stem);
  }
  return removed.toReversed();
}

/** Returns when the runs of these baselines began. */
export function startsOf(baselines: readonly Baseline[]): ReadonlySet<string> {
  return new Set(
    baselines.flatMap((baseline) =>
      baseline.kind === "recorded" ? baseline.runs.map(({ startedAt }) => startedAt) : [],
    ),
  );
}

/** Returns the files by what they are named after, the latest time first. */
function newestFirst(names: readonly string[], pattern: RegExp): readonly (readonly [string, readonly string[]])[] {
  const found = new Map<string, string[]>();
  for (const name of names) {
    const stem = pattern.exec(name)?.[1];
    if (stem !== undefined) found.set(stem, [...(found.get(stem) ?? []), name]);
  }
  return [...found].toSorted(([left], [right]) => (left < right ? 1 : -1));
}

async function sizeOf(folder: string, names: readonly string[]): Promise<number> {
  const sizes = names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((sum, each) => sum + each, 0);
}

const Began = z.object({ run: z.object({ startedAt: z.string() }) });

/** Reports without their results say nothing that anybody refers to. */
async function mayGo(path: string, referred: ReadonlySet<string>): Promise<boolean> {
  try {
    const began = Began.safeParse(JSON.parse((await readRegular(path)).toString("utf8")));
    return began.success && !referred.has(began.data.run.startedAt);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT";
  }
}

/** Resolves false for files that cannot be removed, such as those of another user. */
async function areRemoved(folder: string, names: readonly string[]): Promise<boolean> {
  const removals = names.map((name) => rm(join(folder, name), { force: true }));
  return (await Promise.allSettled(removals)).every(({ status }) => status === "fulfilled");
}
