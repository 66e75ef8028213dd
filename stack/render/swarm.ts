/**
 * Renders stack.yaml of a desired stack, for `docker stack deploy`. No deployer uses it yet: it shows what a swarm
 * would be told.
 */
import type { Desired } from "../core/desire/desire.ts";
import type { ContainerMount } from "../core/desire/mounts.ts";
import { digestOf } from "../core/service/container.ts";
import { CONF_MOUNT, SECRETS_MOUNT } from "../core/service/service.ts";
import { projectName, SECRET_FILES_FOLDER } from "../core/stack-names.ts";
import { containersOf, LOGGING, type ContainerPlan } from "./container.ts";
import { literal } from "./interpolation.ts";
import { composeYaml } from "./yaml.ts";

/** Mode of files inside a container: readable by any user that its server runs as, or by root alone. */
const READABLE = 0o444;
const OWNER_READABLE = 0o400;
/** Digits of a content's SHA-256; names of configs and secrets have at most 64 characters. */
const DIGEST_LENGTH = 16;

/**
 * Returns the label of the node that holds a stack's volumes, because a volume exists on one node only:
 * `plumbline.volumes.<project>=true`.
 */
export function volumeNodeLabel(stack: string): string {
  return `plumbline.volumes.${projectName(stack)}`;
}

export interface SwarmSecrets {
  /**
   * Returns a short digest of a credential's value, so that a new value becomes a new secret. Never the value itself.
   */
  digest(credential: string): string;
}

/**
 * Returns the text of stack.yaml. A swarm mounts no files of this computer, and can neither change nor rename a config
 * or a secret. So each is named after its content, and a service whose content changes is updated to the new name.
 */
export function renderSwarm(desired: Desired, secrets: SwarmSecrets): string {
  const project = projectName(desired.stack);
  const containers = containersOf(desired);
  const configs = containers.flatMap((container) => configsOf(desired, container));
  const secretsOf = (container: ContainerPlan) => secretsIn(project, container, secrets);
  const volumes = containers.flatMap((container) => volumesOf(container).map(({ volume }) => volume));
  const networks = ["data", ...containers.flatMap((container) => container.networks)];
  const networkOf = (name: string) =>
    [name, { name: `${project}-${name}`, driver: "overlay", attachable: true }] as const;
  const volumeOf = (name: string) => [name, { name: `${project}-${name}` }] as const;
  const services = containers.map((container) => [
    container.instance,
    swarmService(desired, container, {
      configs: configsOf(desired, container),
      secrets: secretsOf(container),
    }),
  ]);
  return composeYaml({
    services: literal(Object.fromEntries(services)),
    ...section("networks", networks.map(networkOf)),
    ...section("volumes", volumes.map(volumeOf)),
    ...section("configs", contents(configs)),
    ...section("secrets", contents(containers.flatMap(secretsOf))),
  });
}

/** A config or a secret. */
interface Content {
  /** Named after its content: "plumbline-redis-1-redis.conf-0123456789abcdef". */
  readonly name: string;
  /** Relative to the stack's folder. */
  readonly source: string;
  readonly target: string;
  readonly mode: number;
}

interface Contents {
  readonly configs: readonly Content[];
  readonly secrets: readonly Content[];
}

function swarmService({ stack }: Desired, container: ContainerPlan, { configs, secrets }: Contents): unknown {
  const { spec, ports, labels, networks, confinement } = container;
  const mounts = container.mounts.flatMap(swarmMount);
  const { entrypoint, command, environment, tmpfs } = spec;
  const { addedCapabilities, droppedCapabilities, openFiles, readOnlyRoot } = confinement;
  return {
    image: container.image,
    ...(spec.hostname ? { hostname: spec.hostname } : {}),
    ...(spec.user ? { user: spec.user } : {}),
    ...(entrypoint ? { entrypoint: [...entrypoint] } : {}),
    ...(command ? { command: [...command] } : {}),
    ...(Object.keys(environment).length > 0 ? { environment } : {}),
    ...(ports.length > 0 ? { ports: ports.map(hostPort) } : {}),
    ...(mounts.length > 0 ? { volumes: mounts } : {}),
    ...(configs.length > 0 ? { configs: configs.map(mounted) } : {}),
    ...(secrets.length > 0 ? { secrets: secrets.map(mounted) } : {}),
    ...(tmpfs ? { tmpfs: [...tmpfs] } : {}),
    networks: [...networks],
    ulimits: { nofile: { soft: openFiles, hard: openFiles } },
    cap_drop: [...droppedCapabilities],
    ...(addedCapabilities.length > 0 ? { cap_add: [...addedCapabilities] } : {}),
    ...(readOnlyRoot ? { read_only: true } : {}),
    ...(spec.stopSignal ? { stop_signal: spec.stopSignal } : {}),
    stop_grace_period: `${spec.stopGraceSeconds}s`,
    logging: LOGGING,
    labels,
    deploy: deployment(stack, container),
  };
}

/** Repeats `labels`: a swarm keeps a service's labels apart from those of its containers. */
function deployment(stack: string, container: ContainerPlan): unknown {
  const { memory, cpus, labels, confinement } = container;
  const { processes } = confinement;
  const isTied = volumesOf(container).length > 0;
  return {
    replicas: 1,
    // The name of an instance resolves to its container, not to a virtual address.
    endpoint_mode: "dnsrr",
    resources: {
      limits: { memory: String(memory), cpus: String(cpus), ...(processes > 0 ? { pids: processes } : {}) },
    },
    // A crash must be visible, not hidden by a restart.
    restart_policy: { condition: "none" },
    ...(isTied ? { placement: { constraints: [`node.labels.${volumeNodeLabel(stack)} == true`] } } : {}),
    labels,
  };
}

/**
 * Publishes on the node itself, because `dnsrr` does not allow the routing mesh. A swarm publishes on every address of
 * a node.
 */
function hostPort({ published, container }: ContainerPlan["ports"][number]): unknown {
  return { target: container, published, protocol: "tcp", mode: "host" };
}

/** Files of the machine itself exist on every node; the stack's own files become configs and secrets. */
function swarmMount(mount: ContainerMount): readonly unknown[] {
  switch (mount.kind) {
    case "volume":
      return [{ type: "volume", source: mount.volume, target: mount.target }];
    case "bind":
      if (!mount.source.startsWith("/")) return [];
      return [{ type: "bind", source: mount.source, target: mount.target, read_only: true }];
  }
}

function volumesOf({ mounts }: ContainerPlan): readonly Extract<ContainerMount, { readonly kind: "volume" }>[] {
  return mounts.flatMap((mount) => (mount.kind === "volume" ? [mount] : []));
}

/** Returns the conf files of an instance as configs. */
function configsOf({ services, stack }: Desired, { instance }: ContainerPlan): readonly Content[] {
  const files = services.flatMap(({ instances }) => instances).find(({ name }) => name === instance)?.files ?? [];
  return files.map(({ path, text, bytes }) => ({
    name: named(projectName(stack), `${instance}-${path}`, digestOf(bytes ?? text ?? "")),
    source: `./conf/${instance}/${path}`,
    target: `${CONF_MOUNT}/${path}`,
    mode: READABLE,
  }));
}

/** Returns credentials, which servers read as root, and secret files of servers that do not start as root. */
function secretsIn(project: string, { instance, spec, ...container }: ContainerPlan, secrets: SwarmSecrets) {
  const credentials = container.secrets.map((credential) => ({
    name: named(project, credential, secrets.digest(credential)),
    source: `./secrets/${credential}`,
    target: `${SECRETS_MOUNT}/${credential}`,
    mode: OWNER_READABLE,
  }));
  const files = (spec.secretFiles ?? []).map(({ path, text }) => ({
    name: named(project, `${instance}-${path}`, digestOf(text)),
    source: `./secrets/${SECRET_FILES_FOLDER}/${instance}/${path}`,
    target: `${SECRETS_MOUNT}/${path}`,
    mode: READABLE,
  }));
  return [...credentials, ...files];
}

function mounted({ name, target, mode }: Content): unknown {
  return { source: name, target, mode };
}

function contents(all: readonly Content[]): readonly (readonly [string, unknown])[] {
  return all.map(({ name, source }) => [name, { name, file: source }]);
}

const LONGEST_NAME = 64;

/** Builds a name of letters, digits, ".", "-" and "_", at most 64 characters, with the digest at the end. */
function named(project: string, what: string, digest: string): string {
  const end = `-${digest.slice(0, DIGEST_LENGTH)}`;
  return `${`${project}-${what}`.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(0, LONGEST_NAME - end.length)}${end}`;
}

/** Returns one entry per name, because several containers may share a network or a secret. */
function section(key: string, entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return entries.length > 0 ? { [key]: Object.fromEntries(entries) } : {};
}
