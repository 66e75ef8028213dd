/** Limits of processes and open files that follow from the connections that a server accepts. Pure. */
import type { Setting } from "../../core/service/setting.ts";

/** Other processes of a server: writers, purgers, io threads, workers of a machine with many cpus, tools run beside it. */
const OTHER_PROCESSES = 256;

/** Other open files: data and log files, and connections to the servers behind it (two pools of 2 · 256 + 1). */
const OTHER_FILES = 2048;

/** Room for what a setting gains at run time, and for what has ended and is not collected yet. */
const ROOM = 2;

/** Returns how many processes and threads a server may have that starts one for each of these counts. */
export function processesFor(settings: readonly Setting[], counts: readonly string[]): number {
  return ROOM * (OTHER_PROCESSES + sumOf(settings, counts));
}

/**
 * Returns how many files a server may open that opens one for each of these counts: a power of two, so that few changes
 * of a profile take a new container.
 */
export function openFilesFor(settings: readonly Setting[], counts: readonly string[]): number {
  return 2 ** Math.ceil(Math.log2(OTHER_FILES + sumOf(settings, counts)));
}

/** A setting that is absent, or that is no number above 0, counts as 0. */
function sumOf(settings: readonly Setting[], names: readonly string[]): number {
  const values = settings.filter(({ name }) => names.includes(name)).map(({ value }) => Number(value));
  return values.filter((value) => value > 0).reduce((total, value) => total + value, 0);
}
