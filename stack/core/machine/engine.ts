/** The interface of a Docker engine that all rooms use: opened once per command, its calls grouped by topic. */
import type { ExecOptions, ExecResult } from "./exec.ts";
import type { Share } from "../service/service.ts";
import type { WrittenByImage } from "../service/data-version.ts";
import type { Bytes } from "../units.ts";
import type { CounterReader } from "./counters.ts";
import type { MachineFacts, ObservedContainer } from "./facts.ts";

/**
 * A Docker engine that answers. Every call has a deadline and rejects with a PlumblineError: ENGINE_UNREACHABLE,
 * ENGINE_REFUSED, DISK_FULL, or a code named at the call. A caller takes only the part that it needs: `Pick<Engine,
 * "images">`.
 */
export interface Engine extends EngineContainers, EngineVolumes, EngineNetworks {
  /** Resolves what a person added to the stack's Compose project. Plumbline never changes or removes it. */
  guests(project: string): Promise<Guests>;
  /** Resolves its containers alone, which is one request in place of three. */
  guestContainers(project: string): Promise<readonly GuestContainer[]>;
  /** "unix:///…/docker.sock": the DOCKER_HOST for other tools. */
  readonly address: string;
  /** Resolves if the engine still answers; otherwise rejects with ENGINE_UNREACHABLE. */
  ping(): Promise<void>;
  facts(): Promise<MachineFacts>;
  /** Resolves by how much the engine's clock is ahead of this computer's, in ms; undefined if it does not say its time. */
  clockAheadMs(): Promise<number | undefined>;
  readonly images: ImageStore;
  readonly firstStarts: FirstStarts;
  readonly writtenBy: WrittenBy;
}

/** Calls about one container reject with SERVICE_EXITED if it is gone or does not run. */
export interface EngineContainers {
  /** Resolves the containers that Plumbline made, by their label; those of a person are `guests`. */
  containers(project: string): Promise<readonly ObservedContainer[]>;
  /** Resolves every container that runs in this engine, also a paused one, whoever made it. */
  runningContainers(): Promise<readonly NamedContainer[]>;
  /** Short-lived containers that inspected an image and that a killed run left behind. */
  strays(): Promise<readonly NamedContainer[]>;
  /** Resolves the last lines. With `since` (a `startedAt`) only lines of that start, not of earlier starts. */
  logs(containerId: string, lines: number, since?: string): Promise<readonly string[]>;
  /** Runs a command until it ends. Rejects with SERVICE_NOT_READY at its deadline. */
  exec(containerId: string, argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Resolves the text of a file in a container, which need not run; undefined if there is no such file. */
  readFile(containerId: string, path: string): Promise<string | undefined>;
  /** Replaces an existing file; what it held stays beside it as `copy`, a name. Owner and mode stay. */
  replaceFile(
    containerId: string,
    path: string,
    content: { readonly text: string; readonly copy: string },
  ): Promise<void>;
  /** Changes the limits of a running container; memory and swap get the same number. */
  updateLimits(containerId: string, share: Share): Promise<void>;
  /** Resolves the limits that the kernel applies, from the cgroup files inside the container; cgroup v1 and v2. */
  effectiveLimits(containerId: string): Promise<Share>;
  /**
   * Resolves the memory of a running container that counts towards its limit, without page cache that can be dropped at
   * once.
   */
  memoryUse(containerId: string): Promise<Bytes>;
  /** Resolves the cpu time of the running containers of this engine, whoever made them, `except` those with these ids. */
  cpuTimes(except: readonly string[]): Promise<readonly ContainerCpu[]>;
  /** Opens a reader of a container's kernel counters; the caller closes it. Needs a shell in the container. */
  counters(containerId: string): Promise<CounterReader>;
  /** Returns the ids of containers that had an out-of-memory kill within the last `withinMs`. */
  oomSince(project: string, withinMs: number): Promise<readonly string[]>;
  restart(containerId: string, graceSeconds: number): Promise<void>;
  /**
   * Stops a container within its stop grace period and removes it; its named volumes stay. Also resolves if it is gone.
   */
  remove(containerId: string): Promise<void>;
}

/** Objects of a stack's Compose project that Plumbline did not make, such as those of an override file. Sorted. */
export interface Guests {
  readonly containers: readonly GuestContainer[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
}

export interface GuestContainer {
  readonly name: string;
  /** Names of the networks that it is connected to, which cannot be removed. */
  readonly networks: readonly string[];
}

/** Cpu time that a container has used since it started. */
export interface ContainerCpu {
  readonly id: string;
  readonly name: string;
  readonly cpuS: number;
}

export interface NamedContainer {
  readonly id: string;
  readonly name: string;
}

export interface EngineVolumes {
  /** Resolves the names of the volumes that Plumbline made, sorted. */
  volumes(project: string): Promise<readonly string[]>;
  /**
   * Resolves the names of all volumes that begin with the project's, whoever made them, sorted: servers also use one
   * that a person has made, as to restore a backup into it.
   */
  namedVolumes(project: string): Promise<readonly string[]>;
  /** Like `volumes`, with the folders of the stacks that they were made for. */
  madeVolumes(project: string): Promise<readonly Volume[]>;
  /** Like `madeVolumes`, with sizes. The engine walks through every file, which takes seconds for much data. */
  volumeSizes(project: string): Promise<readonly Volume[]>;
  /** Resolves the sizes of these volumes, whoever made them, by name; a size that the engine does not know is left out. */
  sizesOf(names: readonly string[]): Promise<ReadonlyMap<string, Bytes>>;
  /** With its mark as unfinished. Also resolves if it is gone. Rejects with ENGINE_REFUSED while a container uses it. */
  removeVolume(name: string): Promise<void>;
  /**
   * Removes what is noted about volumes that are gone, such as first starts and who wrote them: one of the same name
   * that is made later holds other data.
   */
  forgetLostVolumes(project: string): Promise<void>;
}

/** Which volumes no server has ever worked on. A volume of unknown history is never among them. */
export interface FirstStarts {
  /** Creates the volume `<project>-<key>` as unfinished, for the stack in `folder`. Does nothing if it exists. */
  begin(project: string, key: string, folder: string): Promise<void>;
  /** Resolves the names of the unfinished volumes. */
  unfinished(project: string): Promise<readonly string[]>;
  /** Notes that a server answered on this volume: from then on it is kept whatever happens. */
  finish(volume: string): Promise<void>;
  /** Removes an unfinished volume; resolves if it is gone. Rejects with ENGINE_REFUSED if it is not an unfinished one. */
  discard(project: string, volume: string): Promise<void>;
}

/** Which image's server last answered on a volume. */
export interface WrittenBy {
  /** Resolves the images by volume, for the volumes of the project that have a record. */
  all(project: string): Promise<ReadonlyMap<string, WrittenByImage>>;
  note(project: string, volume: string, image: WrittenByImage): Promise<void>;
  /** Removes the record of a volume; resolves if there is none. */
  forget(volume: string): Promise<void>;
}

export interface Volume {
  readonly name: string;
  /** Undefined if the engine does not report it. */
  readonly size?: Bytes;
  /** The stack's folder that it was created for; undefined if Compose created it. */
  readonly folder?: string;
}

export interface EngineNetworks {
  /** Resolves the names of the networks that Plumbline made, sorted. */
  networks(project: string): Promise<readonly string[]>;
  /** Resolves the names of the interfaces that the engine made on its machine for these networks. */
  bridges(project: string): Promise<readonly string[]>;
  /** Also resolves if it is gone already. Rejects with ENGINE_REFUSED while a container is connected to it. */
  removeNetwork(name: string): Promise<void>;
}

/** The images of an engine. Aborting a request's signal ends the request. */
export interface ImageStore {
  list(): Promise<readonly StoredImage[]>;
  /** Resolves the tags that begin with `prefix`. */
  tagged(prefix: string): Promise<readonly TaggedImage[]>;
  ask(reference: string, signal: AbortSignal): Promise<RegistryAnswer>;
  /** Rejects with the engine's reason. Completed layers are kept for the next attempt. */
  pull(reference: string, event: (event: PullEvent) => void, signal: AbortSignal): Promise<void>;
  /** Makes an image of one layer from a tar file. */
  importTar(path: string, tag: string, changes: readonly string[], signal: AbortSignal): Promise<void>;
  tag(reference: string, tag: string): Promise<void>;
  /** Removes a tag, and the image with its last tag. Also resolves if there is none. */
  untag(tag: string): Promise<void>;
  /** Resolves what a command prints in a container of this image. The container is removed in any case. */
  output(reference: string, argv: readonly string[]): Promise<string>;
}

export interface StoredImage {
  readonly tags: readonly string[];
  /** "postgres@sha256:…": the digests under which registries served the image. */
  readonly digests: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface TaggedImage {
  readonly reference: string;
  /** True if a container of any stack uses the image. */
  readonly inUse: boolean;
}

/**
 * What a registry reports about a reference. `absent`: it answered, but does not serve this image. `refused`: it wants a
 * login, or another one.
 */
export type RegistryAnswer =
  /** `digest`: that of the tag; for an image of several platforms, the digest of its index. */
  | { readonly kind: "present"; readonly digest?: string }
  | { readonly kind: "absent"; readonly reason: string }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unreachable"; readonly reason: string };

/** One progress message of a running pull. */
export interface PullEvent {
  readonly id?: string | undefined;
  readonly status?: string | undefined;
  readonly progressDetail?: { readonly current?: number | undefined; readonly total?: number | undefined } | undefined;
}
