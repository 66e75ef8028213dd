/** The container part that every runtime has in common: a Docker engine behind an address. */
import type { Engine } from "../core/machine/runtime.ts";
import { QUICK_DEADLINE_MS, isConflict, isNotFound, isNotModified, openClient } from "./client.ts";
import type { Client, Environment } from "./client.ts";
import { openCompose } from "./compose.ts";
import { PROJECT_LABEL, containersOf } from "./containers.ts";
import { openCounters } from "./counters.ts";
import { demultiplex } from "./demultiplex.ts";
import { execIn } from "./exec.ts";
import { machineFacts } from "./facts.ts";
import { limitsReader, updateLimits } from "./limits.ts";
import { memoryUse } from "./memory-use.ts";
import { oomSince } from "./oom-events.ts";

const PING_DEADLINE_MS = 5_000;
/** Beyond the grace that the container itself is given. */
const RESTART_DEADLINE_MS = 60_000;
const REMOVE_DEADLINE_MS = 60_000;
/** Beyond the longest grace of any service, a minute. */
const STOP_DEADLINE_MS = 120_000;

/**
 * Opens the engine at `address` ("unix:///run/docker.sock", "tcp://…", "ssh://…") and asks it once whether it answers.
 * Rejects with ENGINE_UNREACHABLE.
 */
export async function openEngine(address: string, env: Environment = process.env): Promise<Engine> {
  const client = await openClient(address, env);
  const ping = async () => {
    await client.call("reach the engine", PING_DEADLINE_MS, (): Promise<unknown> => client.docker.ping());
  };
  await ping();
  const compose = openCompose(client, env, ping);
  return {
    address,
    facts: () => machineFacts(client),
    containers: (stack) => containersOf(client, stack),
    logs: (containerId, lines, since) => logs(client, containerId, lines, since),
    exec: (containerId, argv, options) => execIn(client, containerId, argv, options),
    updateLimits: (containerId, share) => updateLimits(client, containerId, share),
    effectiveLimits: limitsReader(client),
    memoryUse: (containerId) => memoryUse(client, containerId),
    counters: (containerId) => openCounters(client, containerId),
    oomSince: (stack, withinMs) => oomSince(client, stack, withinMs),
    restart: (containerId, graceSeconds) => restart(client, containerId, graceSeconds),
    remove: (containerId) => remove(client, containerId),
    volumes: (stack) => volumes(client, stack),
    compose: compose.run,
    composeVersion: compose.version,
  };
}

/** The engine notes when a container was started after its first lines may have been written. */
const START_MARGIN_S = 1;

/** The last lines of stdout and stderr, in the order in which they were written. */
async function logs(
  client: Client,
  containerId: string,
  lines: number,
  since: string | undefined,
): Promise<readonly string[]> {
  const from = since === undefined ? {} : { since: Math.max(0, Date.parse(since) / 1000 - START_MARGIN_S) };
  const raw = await client.call(`read the log of container ${short(containerId)}`, QUICK_DEADLINE_MS, (abortSignal) =>
    client.docker.getContainer(containerId).logs({ stdout: true, stderr: true, tail: lines, ...from, abortSignal }),
  );
  if (!Buffer.isBuffer(raw)) return []; // docker-modem answers an empty object for an empty body
  return demultiplex(raw)
    .all.split(/\r?\n/)
    .filter((line) => line !== "");
}

async function restart(client: Client, containerId: string, graceSeconds: number): Promise<void> {
  const deadlineMs = graceSeconds * 1000 + RESTART_DEADLINE_MS;
  await client.call(`restart container ${short(containerId)}`, deadlineMs, (): Promise<unknown> =>
    client.docker.getContainer(containerId).restart({ t: graceSeconds }),
  );
}

/**
 * Stops a container as its own stop signal and grace say, so that a server closes its files, and removes it; its named
 * volumes stay. One that is gone already is as good.
 */
async function remove(client: Client, containerId: string): Promise<void> {
  const container = client.docker.getContainer(containerId);
  try {
    await client.call(`stop container ${short(containerId)}`, STOP_DEADLINE_MS, async () => {
      try {
        await container.stop();
      } catch (error) {
        if (!isNotModified(error)) throw error; // it does not run
      }
    });
    await client.call(`remove container ${short(containerId)}`, REMOVE_DEADLINE_MS, async () => {
      try {
        await container.remove({ force: true });
      } catch (error) {
        if (!isConflict(error)) throw error;
        await container.wait({ condition: "removed" }); // another removal, such as that of `--rm`, is under way
      }
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function volumes(client: Client, stack: string): Promise<readonly string[]> {
  const { Volumes } = await client.call(`list the volumes of stack ${stack}`, QUICK_DEADLINE_MS, (abortSignal) =>
    client.docker.listVolumes({ filters: { label: [`${PROJECT_LABEL}=${stack}`] }, abortSignal }),
  );
  return Volumes.map(({ Name }) => Name).toSorted();
}

function short(containerId: string): string {
  return containerId.slice(0, 12);
}
