/** What is true of the world, as it was observed. Facts come in from effects; core never fetches them. */
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
  /** Path of the engine's socket on this machine, for containers that speak to the engine. */
  readonly engineSocket?: string;
  /** The most open files that a container can be given; absent if the engine may give any number. */
  readonly openFilesLimit?: number;
  /** The virtual machine as its runtime made it ("vz", "qemu"), and how it mounts files of the host ("virtiofs"). */
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
  /** Hash of everything that only a new container can change; see `identityOf`. */
  readonly identity: string;
  /** Folder of the stack's files that it was made from, and whose conf folders are mounted into it. */
  readonly folder?: string;
  /** Container addresses by network name. */
  readonly networks: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly container: number; readonly host: number; readonly address: string }[];
}

/** The value that a running server reports for one setting, in the unit of the setting. */
export interface EffectiveValue {
  readonly value: SettingValue;
  /** The server knows of a newer value and waits for a restart. */
  readonly pendingRestart?: boolean;
  /** Where the server says the value comes from, when that is not the conf file ("command line"). */
  readonly origin?: string;
}

export type SettingValue = string | number | boolean;
