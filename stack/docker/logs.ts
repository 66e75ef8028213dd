/** What a container has written. */
import { QUICK_DEADLINE_MS } from "./client.ts";
import type { Client } from "./client.ts";
import { demultiplex } from "./demultiplex.ts";

/** The engine notes when a container was started after its first lines may have been written. */
const START_MARGIN_S = 1;

/** The last lines of stdout and stderr, in the order in which they were written; with `since` those of one start. */
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
  if (!Buffer.isBuffer(raw)) return []; // docker-modem answers an empty object for an empty body
  return demultiplex(raw)
    .all.split(/\r?\n/)
    .filter((line) => line !== "");
}
