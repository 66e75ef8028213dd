import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Place } from "./place.ts";
import { atLeast, type World } from "./world.ts";

/** A disk of Lima: `_disks/<name>/datadisk` and its lock. Sizes in bytes. */
export interface Disk {
  readonly name: string;
  readonly sizeBytes: number;
  readonly directory: string;
  /** The instance directory that the lock points to. */
  readonly lockedBy: string | undefined;
}

export const gibibyte = 1024 ** 3;

/** Container data has a disk of its own since 0.9.0; before, it was on the VM's only disk and went with the VM. */
export function hasDataDisk(world: World): boolean {
  return atLeast(world, "0.9.0");
}

/** The real size of the disk with the container data, whatever the files say; undefined if there is no such disk. */
export function realDiskBytes(world: World, place: Place): number | undefined {
  if (hasDataDisk(world)) return readDisk(place.diskDirectory)?.sizeBytes;
  return existsSync(place.diffDisk) ? imageBytes(place.diffDisk) : undefined;
}

export function setRealDisk(world: World, place: Place, sizeBytes: number): void {
  writeImage(hasDataDisk(world) ? join(place.diskDirectory, "datadisk") : place.diffDisk, sizeBytes);
}

export function readDisk(directory: string): Disk | undefined {
  const image = join(directory, "datadisk");
  if (!existsSync(image)) return undefined;
  return {
    name: basename(directory),
    sizeBytes: imageBytes(image),
    directory,
    lockedBy: linkTarget(join(directory, "in_use_by")),
  };
}

export function listDisks(limaHome: string): readonly Disk[] {
  const folder = join(limaHome, "_disks");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .flatMap((name) => readDisk(join(folder, name)) ?? []);
}

/** Lima 2.2.0 takes over a lock that it left behind itself. */
export function lockDisk(place: Place): void {
  if (!existsSync(place.diskDirectory)) return;
  unlockDisk(place.diskDirectory);
  symlinkSync(place.instanceDirectory, join(place.diskDirectory, "in_use_by"));
}

export function unlockDisk(directory: string): void {
  rmSync(join(directory, "in_use_by"), { force: true });
}

/** go-units `BytesSize`: four significant digits, binary units. */
export function humanSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let [value, index] = [bytes, 0];
  while (value >= 1024 && index < units.length - 1) [value, index] = [value / 1024, index + 1];
  return `${Number(value.toPrecision(4))}${units[index] ?? ""}`;
}

/** The header of an empty qcow2 image of version 2; its virtual size is a 64-bit number at byte 24 (QEMU docs/interop/qcow2). */
function writeImage(file: string, sizeBytes: number): void {
  const header = Buffer.alloc(72);
  header.write("QFI\u00fb", 0, "latin1");
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(BigInt(sizeBytes), 24);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, header);
}

function imageBytes(file: string): number {
  return Number(readFileSync(file).readBigUInt64BE(24));
}

function linkTarget(link: string): string | undefined {
  return lstatSync(link, { throwIfNoEntry: false }) === undefined ? undefined : readlinkSync(link);
}
