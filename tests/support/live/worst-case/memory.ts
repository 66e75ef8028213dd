/** What a container holds in memory while it is driven, without the page cache of its files. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { bytes, type Bytes } from "../../../../stack/core/units.ts";
import type { Server } from "../server.ts";

const SAMPLE_EVERY_MS = 100;

/** Names of control groups of version 1 and 2. */
const STATS = z.object({
  memory_stats: z.object({
    usage: z.number(),
    stats: z.object({
      total_cache: z.number().optional(),
      total_shmem: z.number().optional(),
      total_mapped_file: z.number().optional(),
      file: z.number().optional(),
      shmem: z.number().optional(),
    }),
  }),
});

export interface Driven {
  /** The largest of all samples. */
  readonly peak: Bytes;
  /** Processes that the kernel ended for want of memory. */
  readonly killed: number;
}

/** Runs the work beside a sampler. */
export async function memoryDuring(server: Server, work: () => Promise<void>): Promise<Driven> {
  const stop = new AbortController();
  let peak = 0;
  const sampling = (async () => {
    while (!stop.signal.aborted) {
      peak = Math.max(peak, await heldBy(server));
      await sleep(SAMPLE_EVERY_MS);
    }
  })();
  try {
    await work();
  } finally {
    stop.abort();
    await sampling;
  }
  return { peak: bytes(peak), killed: await killedIn(server) };
}

async function heldBy({ container }: Server): Promise<number> {
  const { memory_stats } = STATS.parse(await container.stats({ stream: false, "one-shot": true }));
  const { total_cache, file, total_shmem, shmem, total_mapped_file } = memory_stats.stats;
  // Shared memory counts as cache, and nothing can take it away.
  const shared = total_shmem ?? shmem ?? total_mapped_file ?? 0;
  return memory_stats.usage - (total_cache ?? file ?? 0) + shared;
}

async function killedIn({ target }: Server): Promise<number> {
  const files = "/sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control";
  const { stdout } = await target.exec(["sh", "-c", `cat ${files} 2>/dev/null || true`]);
  const [, count] = /^oom_kill (\d+)$/m.exec(stdout) ?? [];
  if (count === undefined) throw new Error(`no count of ended processes in ${JSON.stringify(stdout)}`);
  return Number(count);
}
