/** The newest complete measurement of a stack, for telling what a change of profile or machine did to its speed. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SmokeRun } from "../core/results/measurement.ts";
import { resultsSchema } from "../core/results/performance-results.ts";

const RESULTS = /^performance-results-.*\.json$/;
/** Incomplete and unreadable ones are passed over; further back nothing tells much about today. */
const LOOKED_AT = 10;

/** Undefined where none of the newest is complete. */
export async function lastRun(folder: string): Promise<SmokeRun | undefined> {
  const names = await readdir(folder).catch(() => []);
  const newest = names.filter((name) => RESULTS.test(name)).toSorted();
  for (const name of newest.slice(-LOOKED_AT).toReversed()) {
    const run = await readRun(join(folder, name));
    if (run?.complete) return run;
  }
  return undefined;
}

async function readRun(path: string): Promise<SmokeRun | undefined> {
  try {
    return resultsSchema.safeParse(JSON.parse(await readFile(path, "utf8"))).data?.run;
  } catch {
    return undefined;
  }
}
