/** The newest complete measurement of a stack, for telling what a change of profile or machine did to its speed. */
import { readFile } from "node:fs/promises";
import type { SmokeRun } from "../core/results/measurement.ts";
import { resultsSchema } from "../core/results/performance-results.ts";
import { resultsNewestFirst } from "./files.ts";

/** Incomplete and unreadable ones are passed over; further back nothing tells much about today. */
const LOOKED_AT = 10;

/** Undefined where none of the newest is complete. */
export async function lastRun(folder: string): Promise<SmokeRun | undefined> {
  for (const path of (await resultsNewestFirst(folder)).slice(0, LOOKED_AT)) {
    const run = await readRun(path);
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
