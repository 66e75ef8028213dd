/** What running containers use, as `docker stats` counts it. */
import { z } from "zod";
import type { ContainerCpu } from "../core/machine/engine.ts";
import { bytes, type Bytes } from "../core/units.ts";
import { QUICK_DEADLINE_MS, type Client } from "./client.ts";

/** A stopped container has no usage. The statistic's name differs between cgroup v1 and v2. */
const Stats = z.object({
  memory_stats: z.object({
    usage: z.number().default(0),
    stats: z.object({ inactive_file: z.number().optional(), total_inactive_file: z.number().optional() }).default({}),
  }),
  /** Nanoseconds. */
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number().default(0) }) }),
});

/** Usage without inactive page cache, which the kernel drops before it kills a process. */
export async function memoryUse(client: Client, containerId: string): Promise<Bytes> {
  const what = `read the memory use of container ${containerId.slice(0, 12)}`;
  const { usage, stats } = (await statsOf(client, containerId, what)).memory_stats;
  return bytes(Math.max(0, usage - (stats.total_inactive_file ?? stats.inactive_file ?? 0)));
}

/** Each costs the engine up to 25 ms of cpu: more would be a load themselves. */
const CONTAINERS_MAXIMUM = 32;

/** Leaves out containers that end meanwhile, and those beyond the newest 32. */
export async function cpuTimes(client: Client, except: readonly string[]): Promise<readonly ContainerCpu[]> {
  const listed = await client.call("container", "list containers", QUICK_DEADLINE_MS, (abortSignal) =>
    client.docker.listContainers({ abortSignal }),
  );
  const others = listed.filter(({ Id }) => !except.includes(Id)).slice(0, CONTAINERS_MAXIMUM);
  const read = others.map(async ({ Id, Names }) => {
    const name = (Names[0] ?? Id.slice(0, 12)).replace(/^\//, "");
    try {
      const { cpu_usage: used } = (await statsOf(client, Id, `read the cpu time of container ${name}`)).cpu_stats;
      return [{ id: Id, name, cpuS: used.total_usage / 1e9 }];
    } catch {
      return [];
    }
  });
  return (await Promise.all(read)).flat();
}

async function statsOf(client: Client, containerId: string, what: string): Promise<z.infer<typeof Stats>> {
  const answer = await client.call("container", what, QUICK_DEADLINE_MS, (): Promise<unknown> =>
    client.docker.getContainer(containerId).stats({ stream: false, "one-shot": true }),
  );
  return Stats.parse(answer);
}
