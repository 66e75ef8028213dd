import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Config } from "./config.ts";
import { hasDataDisk } from "./disk.ts";
import type { Place } from "./place.ts";
import type { World } from "./world.ts";

const mebibyte = 1024 ** 2;

const Lima = z.object({
  vmType: z.string(),
  arch: z.string(),
  cpus: z.number(),
  memory: z.string(),
  disk: z.string(),
});

/** What lima.yaml says; `list` and `status` take cpus and memory from here. */
export interface LimaRecord {
  readonly arch: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskGib: number;
}

export function readLima(place: Place): LimaRecord | undefined {
  if (!existsSync(place.limaFile)) return undefined;
  const lima = Lima.parse(parse(readFileSync(place.limaFile, "utf8")));
  return {
    arch: lima.arch,
    cpus: lima.cpus,
    memoryBytes: Number.parseInt(lima.memory, 10) * mebibyte,
    diskGib: Number.parseInt(lima.disk, 10),
  };
}

export function writeLima(world: World, place: Place, config: Config): void {
  const text = stringify({
    vmType: config.vmType,
    arch: config.arch,
    cpus: config.cpu,
    memory: `${Math.floor(config.memory * 1024)}MiB`,
    disk: `${hasDataDisk(world) ? config.rootDisk : config.disk}GiB`,
    mountType: config.mountType === "sshfs" ? "reverse-sshfs" : config.mountType,
    additionalDisks: hasDataDisk(world) ? [{ name: place.id, format: true, fsType: "ext4" }] : [],
  });
  write(place.limaFile, text);
}

const Vm = z.object({
  power: z.enum(["Running", "Stopped", "Broken"]),
  cpus: z.number(),
  memoryBytes: z.number(),
  /** `/etc/colima/colima.json` inside the VM; empty until containers were provisioned once. */
  runtime: z.string(),
  /** False until a second boot has put the user into the docker group. */
  inDockerGroup: z.boolean(),
  /** False for a guest that hangs: its virtual machine runs, and nothing inside answers. */
  responds: z.boolean().default(true),
  /** A slow guest answers a command after this time. */
  delayMs: z.number().default(0),
});

/** The processes and the inside of the VM: what is true, as opposed to what the files say. */
export type Vm = z.infer<typeof Vm>;

export function readVm(place: Pick<Place, "vmFile">): Vm | undefined {
  return existsSync(place.vmFile) ? Vm.parse(JSON.parse(readFileSync(place.vmFile, "utf8"))) : undefined;
}

export function writeVm(place: Place, vm: Vm): void {
  write(place.vmFile, JSON.stringify(vm));
}

const Store = z.object({
  disk_formatted: z.boolean(),
  disk_runtime: z.string(),
  ramalama_provisioned: z.boolean(),
});

/** What Colima remembers of the data disk; it outlives `delete` without `--data`. */
export type Store = z.infer<typeof Store>;

export function readStore(place: Place): Store | undefined {
  return existsSync(place.storeFile) ? Store.parse(JSON.parse(readFileSync(place.storeFile, "utf8"))) : undefined;
}

export function writeStore(place: Place, store: Store): void {
  write(place.storeFile, JSON.stringify(store));
}

export function removeStore(place: Place): void {
  rmSync(place.storeFile, { force: true });
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
