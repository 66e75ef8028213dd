/** The command line of `colima start`, which differs between versions and platforms. */
import type { MachineWish } from "../../core/machine/machine.ts";
import { GIB, inGib } from "../../core/units.ts";

/** "0.10.3" -> [0, 10, 3]. */
export type Version = readonly number[];

/** Reads the output of `colima version`. A build from source ("HEAD-1a2b3c") counts as newer than every release. */
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
  /** `--memory` takes fractions. */
  fractionalMemory: [0, 8, 1],
  /** `--template`; from 0.9.0 on a template is used unless it is refused. */
  template: [0, 8, 4],
  /** Container data has a disk of its own, which outlives the machine unless `delete --data` is asked for. */
  dataDisk: [0, 9, 0],
} as const satisfies Readonly<Record<string, Version>>;

export interface StartOptions {
  readonly version: Version;
  readonly profile: string;
  readonly wish: MachineWish;
  /** Folders to mount besides those of the file; none leaves the mounts as they are. */
  readonly mounts: readonly string[];
  /** macOS 13 or newer, first start: the hypervisor of the system with virtiofs, not QEMU with sshfs. */
  readonly virtualization: boolean;
}

/** No Docker context is switched, and no SSH configuration of the user is edited. */
export function startArguments({ version, profile, wish, mounts, virtualization }: StartOptions): readonly string[] {
  return [
    ["start", profile, "--runtime", "docker"],
    ["--cpu", String(Math.ceil(wish.cpus))], // the one name that all of 0.6 to 0.10 know
    ["--memory", memoryArgument(wish, version)],
    ["--disk", String(Math.ceil(wish.disk / GIB))],
    ["--activate=false", "--ssh-config=false"],
    atLeast(version, SINCE.template) ? ["--template=false"] : [],
    virtualization ? ["--vm-type", "vz", "--mount-type", "virtiofs"] : [],
    mounts.flatMap((folder) => ["--mount", `${folder}:w`]),
  ].flat();
}

function memoryArgument(wish: MachineWish, version: Version): string {
  const gibibytes = inGib(wish.memory);
  return String(atLeast(version, SINCE.fractionalMemory) ? Number(gibibytes.toFixed(3)) : Math.ceil(gibibytes));
}
