/** Builds the command line of `colima start`, which differs between versions and platforms. */
import type { MachineWish } from "../../core/machine/machine.ts";
import { GIB, inGib } from "../../core/units.ts";

/** "0.10.3" -> [0, 10, 3]. */
export type Version = readonly number[];

/** Parses the output of `colima version`. A build from source ("HEAD-1a2b3c") counts as newer than every release. */
export function parseVersion(output: string): Version {
  const match = /version v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(output);
  return match ? match.slice(1).map((part) => Number(part ?? 0)) : [Number.POSITIVE_INFINITY];
}

export function atLeast(version: Version, wanted: Version): boolean {
  for (const [index, number] of wanted.entries()) {
    const difference = (version[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

export const SINCE = {
  /** `--memory` accepts fractions. */
  fractionalMemory: [0, 8, 1],
  /** `--template`; from 0.9.0 on a template is used unless it is switched off. */
  template: [0, 8, 4],
  /** `--disk-image`: a file of this computer, not an address. */
  diskImage: [0, 8, 1],
  /** Container data is on a separate disk, which survives the machine unless `delete --data` is used. */
  dataDisk: [0, 9, 0],
} as const satisfies Readonly<Record<string, Version>>;

export interface StartOptions {
  readonly version: Version;
  readonly profile: string;
  readonly wish: MachineWish;
  /** Folders to mount in addition to those of the file; if empty, the mounts stay as they are. */
  readonly mounts: readonly string[];
  /** True on macOS 13 or newer at the first start: use the system's hypervisor with virtiofs, not QEMU with sshfs. */
  readonly virtualization: boolean;
  /** The file of a disk image, at the first start. */
  readonly image: string | undefined;
}

/** Returns arguments that switch no Docker context and edit no SSH configuration of the user. */
export function startArguments({
  version,
  profile,
  wish,
  mounts,
  virtualization,
  image,
}: StartOptions): readonly string[] {
  return [
    ["start", profile, "--runtime", "docker"],
    ["--cpu", String(Math.ceil(wish.cpus))], // the only option name that all of 0.6 to 0.10 know
    ["--memory", memoryArgument(wish, version)],
    ["--disk", String(Math.ceil(wish.disk / GIB))],
    ["--activate=false", "--ssh-config=false"],
    atLeast(version, SINCE.template) ? ["--template=false"] : [],
    virtualization ? ["--vm-type", "vz", "--mount-type", "virtiofs"] : [],
    image === undefined ? [] : ["--disk-image", image],
    mounts.flatMap((folder) => ["--mount", `${folder}:w`]),
  ].flat();
}

function memoryArgument(wish: MachineWish, version: Version): string {
  const gibibytes = inGib(wish.memory);
  return String(atLeast(version, SINCE.fractionalMemory) ? Number(gibibytes.toFixed(3)) : Math.ceil(gibibytes));
}
