/** The log of a container. */
import { QUICK_DEADLINE_MS } from "./client.ts";
import type { Client } from "./client.ts";
import { demultiplex } from "./demultiplex.ts";

/** The engine may record a container's start after its first lines were written. */
const START_MARGIN_S = 1;

/** Returns the last lines of stdout and stderr, in the order of writing; with `since`, only lines of that start. */
export async function logs(
  client: Client,
  containerId: string,
  lines: number,
  since?: string,
): Promise<readonly string[]> {
  const from = since === undefined ? {} : { since: Math.max(0, Date.parse(since) / 1000 - START_MARGIN_S) };
  const what = `read the log of container ${containerId.slice(0, 12)}`;
  const raw = await client.call("container", what, QUICK_DEADLINE_MS, (abortSignal) =>
    client.docker.getContainer(containerId).logs({ stdout: true, stderr: true, tail: lines, ...from, abortSignal }),
  );
  if (!Buffer.isBuffer(raw)) return []; // docker-modem returns an empty object for an empty body
  return demultiplex(raw)
    .all.split(/\r?\n/)
    .filter((line) => line !== "");
}
