/** Renders compose.yaml of a desired stack; plain `docker compose -f` accepts it too. */
import type { Desired } from "../core/desire/desire.ts";
import type { ContainerMount } from "../core/desire/mounts.ts";
import { PUBLISHED_ADDRESS } from "../core/service/container.ts";
import { COMPOSE_FILE, projectName } from "../core/stack-names.ts";
import { containersOf, LOGGING, type ContainerPlan } from "./container.ts";
import { literal } from "./interpolation.ts";
import { composeYaml } from "./yaml.ts";

/** Returns every file that `docker compose` reads, by path. */
export function composeFiles(desired: Desired, runtime?: string): ReadonlyMap<string, string> {
  return new Map([[COMPOSE_FILE, renderCompose(desired, runtime)]]);
}

/**
 * Returns the text of compose.yaml. Paths are relative to the file. It holds no credentials, only the names of their
 * files. `runtime`: the name of what runs the stack, for commands that are given none.
 */
export function renderCompose(desired: Desired, runtime?: string): string {
  const project = projectName(desired.stack);
  const containers = containersOf(desired);
  const secrets = new Set(containers.flatMap((container) => container.secrets));
  const mounts = containers.flatMap((container) => container.mounts);
  const volumes = new Set(mounts.flatMap((mount) => (mount.kind === "volume" ? [mount.volume] : [])));
  const networks = new Set(["data", ...containers.flatMap((container) => container.networks)]);
  const named = (name: string) => ({ name: `${project}-${name}` });
  return composeYaml({
    name: project,
    // Compose ignores keys that begin with x-; later commands read from it what the stack was brought up with.
    "x-plumbline": literal({
      stack: desired.stack,
      profile: desired.profileReference,
      ...(runtime === undefined ? {} : { runtime }),
      sizedFor: desired.budget.machine,
      wanted: desired.profile,
    }),
    services: literal(Object.fromEntries(containers.map((each) => [each.instance, composeService(each)]))),
    networks: entries(networks, named),
    ...(volumes.size > 0 ? { volumes: entries(volumes, named) } : {}),
    ...(secrets.size > 0 ? { secrets: entries(secrets, (name) => ({ file: `./secrets/${name}` })) } : {}),
  });
}

function composeService(container: ContainerPlan): unknown {
  const { spec, memory, ports, confinement } = container;
  return {
    image: container.image,
    container_name: container.name,
    ...(spec.hostname ? { hostname: spec.hostname } : {}),
    ...(spec.user ? { user: spec.user } : {}),
    ...(spec.entrypoint ? { entrypoint: [...spec.entrypoint] } : {}),
    ...(spec.command ? { command: [...spec.command] } : {}),
    ...(Object.keys(spec.environment).length > 0 ? { environment: spec.environment } : {}),
    ...(ports.length > 0
      ? { ports: ports.map((port) => `${PUBLISHED_ADDRESS}:${port.published}:${port.container}`) }
      : {}),
    volumes: container.mounts.map(composeMount),
    ...(container.secrets.length > 0 ? { secrets: [...container.secrets] } : {}),
    ...(spec.tmpfs ? { tmpfs: [...spec.tmpfs] } : {}),
    networks: [...container.networks],
    mem_limit: memory,
    memswap_limit: memory,
    cpus: container.cpus,
    ulimits: { nofile: { soft: confinement.openFiles, hard: confinement.openFiles } },
    ...(spec.shmSize ? { shm_size: spec.shmSize } : {}),
    ...(spec.stopSignal ? { stop_signal: spec.stopSignal } : {}),
    stop_grace_period: `${spec.stopGraceSeconds}s`,
    // A crash must be visible, not hidden by a restart; `up` starts the container again.
    restart: "no",
    ...rights(container),
    logging: LOGGING,
    labels: container.labels,
  };
}

/** The confinement of a container, without ports and mounts. */
function rights({ confinement, spec: { pidMode } }: ContainerPlan) {
  const { securityOptions, droppedCapabilities, addedCapabilities, processes, groups, readOnlyRoot } = confinement;
  return {
    security_opt: [...securityOptions],
    cap_drop: [...droppedCapabilities],
    ...(addedCapabilities.length > 0 ? { cap_add: [...addedCapabilities] } : {}),
    ...(processes > 0 ? { pids_limit: processes } : {}),
    ...(groups.length > 0 ? { group_add: [...groups] } : {}),
    ...(readOnlyRoot ? { read_only: true } : {}),
    ...(pidMode ? { pid: pidMode } : {}),
  };
}

function composeMount(mount: ContainerMount): unknown {
  switch (mount.kind) {
    case "volume":
      return `${mount.volume}:${mount.target}`;
    case "bind":
      return { type: "bind", source: mount.source, target: mount.target, read_only: true };
  }
}

function entries(names: Iterable<string>, value: (name: string) => unknown): Record<string, unknown> {
  return Object.fromEntries([...names].map((name) => [name, value(name)]));
}
