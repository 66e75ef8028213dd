/** Containers with an out-of-memory kill, from the engine's events. */
import { text } from "node:stream/consumers";
import { z } from "zod";
import { QUICK_DEADLINE_MS } from "./client.ts";
import type { Client } from "./client.ts";
import { stackLabels } from "./containers.ts";

const infoSchema = z.object({ SystemTime: z.string() });
const eventSchema = z.object({ Actor: z.object({ ID: z.string() }) });

/**
 * Returns the ids of the stack's containers that had an out-of-memory kill within the last `withinMs`, each once. The
 * engine keeps its last 256 events. Times are read from the engine's clock, which differs in a virtual machine.
 */
export async function oomSince(client: Client, project: string, withinMs: number): Promise<readonly string[]> {
  const what = `list the events of stack ${project}`;
  return client.call("engine", what, QUICK_DEADLINE_MS, async (abortSignal) => {
    const { SystemTime } = infoSchema.parse(await client.docker.info());
    const until = Date.parse(SystemTime) / 1000;
    const since = until - withinMs / 1000;
    const events = stackLabels(project).map(async (label) => {
      const filters = { event: ["oom"], label: [label] };
      return text(await client.docker.getEvents({ since, until, filters, abortSignal }));
    });
    const lines = (await Promise.all(events)).flatMap((each) => each.split("\n")).filter((line) => line.trim() !== "");
    return [...new Set(lines.map((line) => eventSchema.parse(JSON.parse(line)).Actor.ID))];
  });
}
