/** Facts about the machine and its containers, as observed. Other rooms fetch them; core only reads them. */
import type { Confinement } from "../service/confinement.ts";
import type { Bytes } from "../units.ts";

/** The machine as seen from inside: read back, never assumed. */
export interface MachineFacts {
  readonly cpus: number;
  readonly memory: Bytes;
  /** Size of the file system that holds images and volumes. */
  readonly disk?: Bytes;
  readonly diskFree?: Bytes;
  readonly architecture: string;
  readonly kernel: string;
  readonly operatingSystem: string;
  readonly cgroupVersion: 1 | 2;
  readonly storageDriver: string;
  readonly engineVersion: string;
  /** Path of the engine's socket on this machine, for containers that talk to the engine. */
  readonly engineSocket?: string;
  /** Highest limit of open files that the engine can give a container; absent if it can give any. */
  readonly openFilesLimit?: number;
  /** False if the engine's kernel keeps no limit of processes (no cgroup `pids`). */
  readonly limitsProcesses?: boolean;
  /** The virtual machine's type ("vz", "qemu"), and how it mounts files of the host ("virtiofs"). */
  readonly vmType?: string;
  readonly mountType?: string;
}

/** One container of the stack as the engine reports it. */
export interface ObservedContainer {
  readonly id: string;
  readonly service: string;
  readonly instance: string;
  readonly state: "created" | "running" | "restarting" | "paused" | "exited" | "dead" | "removing";
  readonly exitCode?: number;
  readonly outOfMemory: boolean;
  readonly startedAt?: string;
  readonly image: string;
  readonly memoryLimit: Bytes;
  readonly swapLimit: Bytes;
  readonly cpuLimit: number;
  /** As set when it was created. Sources of its mounts are absolute. */
  readonly confinement: Confinement;
  /** Hash of everything that takes a new container to change; see `identityOf`. */
  readonly identity: string;
  /** Folder of the stack's files when the container was created; its conf folder is mounted from there. */
  readonly folder?: string;
  /** Addresses of the container by network name. */
  readonly networks: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly container: number; readonly host: number; readonly address: string }[];
}

/** The value that a running server reports for one setting, in the unit of the setting. */
export interface EffectiveValue {
  readonly value: SettingValue;
  /** True if the server knows a newer value and waits for a restart. */
  readonly pendingRestart?: boolean;
  /** The value's origin as the server names it, if that is not the conf file ("command line"). */
  readonly origin?: string;
}

export type SettingValue = string | number | boolean;
