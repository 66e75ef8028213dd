/** The newest complete measurement of a stack: shows what a change of profile or machine did to its speed. */
import type { SmokeRun } from "../core/results/measurement.ts";
import { resultsSchema } from "../core/results/performance-results.ts";
import { readRegular } from "../host/regular-file.ts";
import { resultsNewestFirst } from "./files.ts";

/** Newest runs to try; incomplete and unreadable ones are skipped. Older runs say little about today. */
const LOOKED_AT = 10;

/** Returns undefined if none of the newest runs is complete. */
export async function lastRun(folder: string): Promise<SmokeRun | undefined> {
  for (const path of (await resultsNewestFirst(folder)).slice(0, LOOKED_AT)) {
    const run = await readRun(path);
    if (run?.complete) return run;
  }
  return undefined;
}

async function readRun(path: string): Promise<SmokeRun | undefined> {
  try {
    return resultsSchema.safeParse(JSON.parse((await readRegular(path)).toString("utf8"))).data?.run;
  } catch {
    return undefined;
  }
}
