/** What everybody uses of a Docker engine: one port, opened once per command, in groups by what a call is about. */
import type { ExecOptions, ExecResult, Share } from "../service/service.ts";
import type { Bytes } from "../units.ts";
import type { CounterReader } from "./counters.ts";
import type { MachineFacts, ObservedContainer } from "./facts.ts";

/**
 * A Docker engine that answers. Every call has a deadline and rejects with a PlumblineError: ENGINE_UNREACHABLE,
 * ENGINE_REFUSED, DISK_FULL, or what the call itself names. A caller takes the part that it needs:
 * `Pick<Engine, "images">`.
 */
export interface Engine extends EngineContainers, EngineVolumes, EngineNetworks {
  /** "unix:///…/docker.sock": what DOCKER_HOST must be for other tools. */
  readonly address: string;
  /** Resolves where it answers still; rejects with ENGINE_UNREACHABLE. */
  ping(): Promise<void>;
  facts(): Promise<MachineFacts>;
  readonly images: ImageStore;
}

/** Calls about one container reject with SERVICE_EXITED where it is gone or does not run. */
export interface EngineContainers {
  containers(project: string): Promise<readonly ObservedContainer[]>;
  /** Containers that were made for one short look into an image, and that a killed run left. */
  strays(): Promise<readonly Stray[]>;
  /** The last lines; with `since` (a `startedAt`) only those of that start and not of the starts before it. */
  logs(containerId: string, lines: number, since?: string): Promise<readonly string[]>;
  /** Runs a command to its end. Rejects with SERVICE_NOT_READY at its deadline. */
  exec(containerId: string, argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Changes the limits of a running container; memory and swap get the same number. */
  updateLimits(containerId: string, share: Share): Promise<void>;
  /** Limits as the kernel has them, from the cgroup files inside the container; cgroup v1 and v2. */
  effectiveLimits(containerId: string): Promise<Share>;
  /** Memory of a running container that counts towards its limit and cannot be dropped at once, as page cache can. */
  memoryUse(containerId: string): Promise<Bytes>;
  /** Opens a reader of what the kernel counts of a container; to be closed. Needs a shell in the container. */
  counters(containerId: string): Promise<CounterReader>;
  /** Returns the ids of containers that had an out-of-memory kill within the last `withinMs`. */
  oomSince(project: string, withinMs: number): Promise<readonly string[]>;
  restart(containerId: string, graceSeconds: number): Promise<void>;
  /** Stops a container within its own stop grace and removes it; its named volumes stay. Resolves also where it is gone. */
  remove(containerId: string): Promise<void>;
}

export interface Stray {
  readonly id: string;
  readonly name: string;
}

export interface EngineVolumes {
  /** Names, sorted. */
  volumes(project: string): Promise<readonly string[]>;
  /** The same with sizes, for which the engine walks through every file: seconds where there is much. */
  volumeSizes(project: string): Promise<readonly Volume[]>;
  /** Resolves also where it is gone already. Rejects with ENGINE_REFUSED while a container uses it. */
  removeVolume(name: string): Promise<void>;
}

export interface Volume {
  readonly name: string;
  /** Undefined if the engine does not say. */
  readonly size?: Bytes;
}

export interface EngineNetworks {
  /** Names, sorted. */
  networks(project: string): Promise<readonly string[]>;
  /** Resolves also where it is gone already. Rejects with ENGINE_REFUSED while a container is on it. */
  removeNetwork(name: string): Promise<void>;
}

/** The images of an engine. Requests with a signal end when it does. */
export interface ImageStore {
  list(): Promise<readonly StoredImage[]>;
  /** Tags that begin with `prefix`. */
  tagged(prefix: string): Promise<readonly TaggedImage[]>;
  ask(reference: string, signal: AbortSignal): Promise<RegistryAnswer>;
  /** Rejects with the engine's reason. Layers that were complete are kept for the next try. */
  pull(reference: string, event: (event: PullEvent) => void, signal: AbortSignal): Promise<void>;
  /** Makes an image of one layer from a tar file. */
  importTar(path: string, tag: string, changes: readonly string[], signal: AbortSignal): Promise<void>;
  tag(reference: string, tag: string): Promise<void>;
  /** Removes a tag, and the image with its last one; resolves also where there is none. */
  untag(tag: string): Promise<void>;
  /** What a command in a container of this image prints. The container is removed in any case. */
  output(reference: string, argv: readonly string[]): Promise<string>;
}

export interface StoredImage {
  readonly tags: readonly string[];
  /** "postgres@sha256:…": the digests under which registries gave it. */
  readonly digests: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface TaggedImage {
  readonly reference: string;
  /** A container is made from it, of whatever stack. */
  readonly inUse: boolean;
}

/** What a registry says of a reference. `absent`: it answered, but this image cannot be had from it. */
export type RegistryAnswer =
  | { readonly kind: "present" }
  | { readonly kind: "absent"; readonly reason: string }
  | { readonly kind: "unreachable"; readonly reason: string };

/** One message of a pull that runs. */
export interface PullEvent {
  readonly id?: string | undefined;
  readonly status?: string | undefined;
  readonly progressDetail?: { readonly current?: number | undefined; readonly total?: number | undefined } | undefined;
}
