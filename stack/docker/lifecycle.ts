/** Stops, restarts and removes containers. */
import { z } from "zod";
import { QUICK_DEADLINE_MS } from "./client.ts";
import type { Client } from "./client.ts";
import { isConflict, isNotFound, isNotModified } from "./refusal.ts";

/** Added to the container's own grace; the engine kills what takes longer. */
const STOP_DEADLINE_MS = 30_000;
const RESTART_DEADLINE_MS = 60_000;
const REMOVE_DEADLINE_MS = 60_000;
/** Docker's stop grace for a container that sets none. */
const DEFAULT_GRACE_SECONDS = 10;

const Grace = z.object({ StopTimeout: z.number().default(DEFAULT_GRACE_SECONDS) });

export async function restart(client: Client, containerId: string, graceSeconds: number): Promise<void> {
  const deadlineMs = graceSeconds * 1000 + RESTART_DEADLINE_MS;
  await client.call("container", `restart container ${short(containerId)}`, deadlineMs, (): Promise<unknown> =>
    client.docker.getContainer(containerId).restart({ t: graceSeconds }),
  );
}

/** Stops and removes a container; its named volumes stay. Succeeds if it is already gone. */
export async function remove(client: Client, containerId: string): Promise<void> {
  try {
    await stop(client, containerId);
    await removeStopped(client, containerId);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Stops a container with its own stop signal and grace, so that a server can close its files. */
async function stop(client: Client, containerId: string): Promise<void> {
  const container = client.docker.getContainer(containerId);
  const what = `stop container ${short(containerId)}`;
  const { Config } = await client.call("container", what, QUICK_DEADLINE_MS, (abortSignal) =>
    container.inspect({ abortSignal }),
  );
  const deadlineMs = Grace.parse(Config).StopTimeout * 1000 + STOP_DEADLINE_MS;
  await client.call("container", what, deadlineMs, async () => {
    try {
      await container.stop();
    } catch (error) {
      if (!isNotModified(error)) throw error; // it is stopped already
    }
  });
}

async function removeStopped(client: Client, containerId: string): Promise<void> {
  const container = client.docker.getContainer(containerId);
  await client.call("container", `remove container ${short(containerId)}`, REMOVE_DEADLINE_MS, async () => {
    try {
      await container.remove({ force: true });
    } catch (error) {
      if (!isConflict(error)) throw error;
      await container.wait({ condition: "removed" }); // another removal, such as `--rm`, is in progress
    }
  });
}

function short(containerId: string): string {
  return containerId.slice(0, 12);
}
