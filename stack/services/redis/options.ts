/** The options of Redis in a profile. */
import { z } from "zod";

export const options = z.strictObject({
  nodes: z
    .literal([1, 3, 4, 5, 6], {
      error:
        "1, or 3 to 6: with two masters neither is a majority when the other fails, so that Redis refuses clusters of 2",
    })
    .default(3)
    .describe(
      "1 stands alone; 3 to 6 form a cluster of masters without replicas. NOTE: a cluster keeps its number of nodes; going back to one node leaves the keys of the others behind.",
    ),
  persistence: z
    .enum(["none", "aof", "rdb"])
    .default("aof")
    .describe(
      "none: memory only, so that a restart begins with what was last written to disk; aof: every write is logged and reaches the disk within a second (appendfsync everysec); rdb: a snapshot every minute to hour, by the number of changes.",
    ),
  policy: z
    .enum([
      "noeviction",
      "allkeys-lru",
      "allkeys-lfu",
      "allkeys-random",
      "volatile-lru",
      "volatile-lfu",
      "volatile-random",
      "volatile-ttl",
    ])
    .default("noeviction")
    .describe("What happens when maxmemory is reached: noeviction refuses writes, the others make room."),
});

export type RedisOptions = z.output<typeof options>;
