/** Memory of a running container, as `docker stats` counts it. */
import { z } from "zod";
import { bytes, type Bytes } from "../core/units.ts";
import { QUICK_DEADLINE_MS, type Client } from "./client.ts";

/** A stopped container has no usage. The statistic's name differs between cgroup v1 and v2. */
const Stats = z.object({
  memory_stats: z.object({
    usage: z.number().default(0),
    stats: z.object({ inactive_file: z.number().optional(), total_inactive_file: z.number().optional() }).default({}),
  }),
});

/** Usage without inactive page cache, which the kernel drops before it kills a process. */
export async function memoryUse(client: Client, containerId: string): Promise<Bytes> {
  const what = `read the memory use of container ${containerId.slice(0, 12)}`;
  const answer = await client.call("container", what, QUICK_DEADLINE_MS, (): Promise<unknown> =>
    client.docker.getContainer(containerId).stats({ stream: false, "one-shot": true }),
  );
  const { usage, stats } = Stats.parse(answer).memory_stats;
  return bytes(Math.max(0, usage - (stats.total_inactive_file ?? stats.inactive_file ?? 0)));
}
