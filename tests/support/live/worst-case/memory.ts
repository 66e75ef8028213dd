/** What a container holds in memory while it is driven, without the page cache of its files. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { bytes, type Bytes } from "../../../../stack/core/units.ts";
import type { Server } from "../server.ts";

const SAMPLE_EVERY_MS = 100;

/** Names of control groups of version 1 and 2. */
const STATS = z.object({
  memory_stats: z.object({
    // A container that ended has none.
    usage: z.number().default(0),
    stats: z.record(z.string(), z.number()).default({}),
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
  } catch (error) {
    const { State } = await server.container.inspect();
    const state = `running: ${State.Running}, ended for want of memory: ${State.OOMKilled}`;
    throw new Error(`${String(error)} (${state})\n${await server.logs()}`, { cause: error });
  } finally {
    stop.abort();
    await sampling;
  }
  return { peak: bytes(peak), killed: await killedIn(server) };
}

async function heldBy({ container }: Server): Promise<number> {
  const { memory_stats } = STATS.parse(await container.stats({ stream: false, "one-shot": true }));
  const of = (...names: readonly string[]) => names.map((name) => memory_stats.stats[name]).find(Number.isFinite) ?? 0;
  // Shared memory counts as cache, and nothing can take it away.
  return memory_stats.usage - of("total_cache", "file") + of("total_shmem", "shmem", "total_mapped_file");
}

async function killedIn({ target }: Server): Promise<number> {
  const files = "/sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control";
  const { stdout } = await target.exec(["sh", "-c", `cat ${files} 2>/dev/null || true`]);
  const [, count] = /^oom_kill (\d+)$/m.exec(stdout) ?? [];
  if (count === undefined) throw new Error(`no count of ended processes in ${JSON.stringify(stdout)}`);
  return Number(count);
}
