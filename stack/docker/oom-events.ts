/** Containers in which the kernel ended a process for want of memory, from the engine's own record of events. */
import { text } from "node:stream/consumers";
import { z } from "zod";
import { QUICK_DEADLINE_MS } from "./client.ts";
import type { Client } from "./client.ts";
import { stackLabels } from "./containers.ts";

const infoSchema = z.object({ SystemTime: z.string() });
const eventSchema = z.object({ Actor: z.object({ ID: z.string() }) });

/** Ids, each once. The engine keeps its last 256 events; its own clock counts, which in a virtual machine is another. */
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
