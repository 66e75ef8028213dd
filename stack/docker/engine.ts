/** The only port to a Docker engine; every runtime opens its engine here. */
import type { Engine, EngineContainers } from "../core/machine/engine.ts";
import type { CredentialsOf } from "../host/registry-credentials.ts";
import { openClient } from "./client.ts";
import type { Client, Environment } from "./client.ts";
import { containersOf, runningContainers, strays } from "./containers.ts";
import { readContainerFile, replaceContainerFile } from "./files/container-files.ts";
import { openCounters } from "./counters.ts";
import { execIn } from "./exec.ts";
import { clockAheadMs } from "./clock.ts";
import { machineFacts } from "./facts.ts";
import { MARKS, openFirstStarts } from "./volumes/first-starts.ts";
import { openWrittenBy, RECORDS } from "./volumes/written-by.ts";
import { openImages } from "./images.ts";
import { guestContainers, guests } from "./inspection/guests.ts";
import { remove, restart } from "./lifecycle.ts";
import { limitsReader, updateLimits } from "./limits.ts";
import { logs } from "./logs.ts";
import { cpuTimes, memoryUse } from "./usage.ts";
import { bridges, networks, removeNetwork } from "./networks.ts";
import { oomSince } from "./oom-events.ts";
import { tidySideVolumes } from "./volumes/side-volumes.ts";
import { madeVolumes, namedVolumes, removeVolume, sizesOf, volumeSizes, volumes } from "./volumes/volumes.ts";

const PING_DEADLINE_MS = 5_000;

/**
 * Opens the engine at `address` ("unix:///run/docker.sock", "tcp://…", "ssh://…") and checks once that it answers. All
 * parts share one client and its connections. `credentialsOf` gives the logins for registries. Rejects with
 * ENGINE_UNREACHABLE.
 */
export async function openEngine(
  address: string,
  env: Environment = process.env,
  credentialsOf: CredentialsOf = async () => ({}),
): Promise<Engine> {
  const client = await openClient(address, env);
  const ping = async () => {
    await client.call("engine", "reach the engine", PING_DEADLINE_MS, (): Promise<unknown> => client.docker.ping());
  };
  await ping();
  const firstStarts = openFirstStarts(client);
  const writtenBy = openWrittenBy(client);
  return {
    address,
    ping,
    facts: () => machineFacts(client),
    clockAheadMs: () => clockAheadMs(client),
    ...containerCalls(client),
    volumes: (project) => volumes(client, project),
    namedVolumes: (project) => namedVolumes(client, project),
    madeVolumes: (project) => madeVolumes(client, project),
    volumeSizes: (project) => volumeSizes(client, project),
    sizesOf: (names) => sizesOf(client, names),
    removeVolume: async (name) => {
      await removeVolume(client, name);
      await firstStarts.finish(name);
      await writtenBy.forget(name);
    },
    forgetLostVolumes: async (project) => {
      for (const kind of [MARKS, RECORDS]) await tidySideVolumes(client, project, kind);
    },
    networks: (project) => networks(client, project),
    bridges: (project) => bridges(client, project),
    removeNetwork: (name) => removeNetwork(client, name),
    guests: (project) => guests(client, project),
    guestContainers: (project) => guestContainers(client, project),
    images: openImages(client, credentialsOf),
    firstStarts,
    writtenBy,
  };
}

function containerCalls(client: Client): EngineContainers {
  return {
    containers: (project) => containersOf(client, project),
    runningContainers: () => runningContainers(client),
    strays: () => strays(client),
    logs: (containerId, lines, since) => logs(client, containerId, lines, since),
    exec: (containerId, argv, options) => execIn(client, containerId, argv, options),
    readFile: (containerId, path) => readContainerFile(client, containerId, path),
    replaceFile: (containerId, path, content) => replaceContainerFile(client, containerId, path, content),
    updateLimits: (containerId, share) => updateLimits(client, containerId, share),
    effectiveLimits: limitsReader(client),
    memoryUse: (containerId) => memoryUse(client, containerId),
    cpuTimes: (except) => cpuTimes(client, except),
    counters: (containerId) => openCounters(client, containerId),
    oomSince: (project, withinMs) => oomSince(client, project, withinMs),
    restart: (containerId, graceSeconds) => restart(client, containerId, graceSeconds),
    remove: (containerId) => remove(client, containerId),
  };
}
