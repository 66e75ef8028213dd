/** Waits until the disk is as it was before a company came: what it wrote keeps the disk busy after it has left. */
import { mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "simple-statistics";

const WRITES = 15;
const BLOCK = Buffer.alloc(8192, 1);
/** Synced writes of a disk that rests differ by less. */
const FACTOR = 1.5;
/** Between two looks. */
const PAUSE_MS = 1_500;
const LONGEST_MS = 60_000;

/** Returns the milliseconds of a usual synced write of 8 KiB into a new file of the folder: the median of 15. */
export async function syncedWriteMs(folder: string): Promise<number> {
  const own = await mkdtemp(join(folder, "settle-"));
  try {
    const file = await open(join(own, "file"), "w");
    try {
      const taken: number[] = [];
      for (let write = 0; write < WRITES; write += 1) {
        const startedAt = performance.now();
        await file.write(BLOCK, 0, BLOCK.length, 0);
        await file.datasync();
        taken.push(performance.now() - startedAt);
      }
      return median(taken);
    } finally {
      await file.close();
    }
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/**
 * Resolves to true when a synced write takes at most 1.5 times `usualMs`, and to false after a minute in which none did.
 * Waits 1.5 s at least: dirty pages and backlogs show a moment later.
 */
export async function settle(folder: string, usualMs: number, signal: AbortSignal): Promise<boolean> {
  const end = performance.now() + LONGEST_MS;
  do {
    await sleep(PAUSE_MS, undefined, { signal });
    if ((await syncedWriteMs(folder)) <= FACTOR * usualMs) return true;
  } while (performance.now() < end);
  return false;
}
