/** Reads the machine from inside, because Colima may report wrong numbers with exit code 0. */
import { PlumblineError } from "../../core/errors.ts";
import type { MachineWish } from "../../core/machine/machine.ts";
import { isMemoryOf } from "../../core/machine/visible-memory.ts";
import { KIB, bytes, formatBytes } from "../../core/units.ts";
import type { Bytes } from "../../core/units.ts";
import type { Machine } from "./machine.ts";
import type { Place } from "./place.ts";

export interface Inside {
  readonly cpus: number;
  readonly memory: Bytes;
  /** Size of the file system with images and volumes. */
  readonly disk: Bytes | undefined;
  readonly diskFree: Bytes | undefined;
}

/** The file system reserves some: 98 % of a disk were seen. */
const LEAST_DISK_SHARE = 0.93;

type Asked = Pick<Machine, "command" | "place">;

/** Asks the machine, concurrently; resolves undefined if it does not answer within `limitMs`. */
export async function lookInside({ command, place }: Asked, limitMs: number): Promise<Inside | undefined> {
  const ask = async (...argv: readonly string[]) => {
    const result = await command.colima(["ssh", "--profile", place.profile, "--", ...argv], limitMs);
    return result.ok ? result.stdout : "";
  };
  const [processors, meminfo, size, available] = await Promise.all([
    ask("nproc"),
    ask("cat", "/proc/meminfo"),
    ask("df", "-B1", "--output=size", "/var/lib/docker"),
    ask("df", "-B1", "--output=avail", "/var/lib/docker"),
  ]);
  const cpus = /^\s*(\d+)\s*$/.exec(processors)?.[1];
  const memory = /^MemTotal:\s*(\d+) kB/m.exec(meminfo)?.[1];
  if (cpus === undefined || memory === undefined) return undefined;
  return {
    cpus: Number(cpus),
    memory: bytes(Number(memory) * KIB),
    disk: lastNumber(size),
    diskFree: lastNumber(available),
  };
}

/** Resolves whether the guest carries out an empty command within `limitMs`. */
export async function doesAnswer({ command, place }: Asked, limitMs: number): Promise<boolean> {
  return (await command.colima(["ssh", "--profile", place.profile, "--", "true"], limitMs)).ok;
}

/**
 * Throws NOT_CONVERGED unless the machine has the requested cpus, memory and at least the requested disk; `disk` is
 * Lima's own record of the data disk.
 */
export function verifyInside(place: Place, wish: MachineWish, inside: Inside, disk: Bytes | undefined): void {
  const differences: string[] = [];
  if (inside.cpus !== Math.ceil(wish.cpus)) differences.push(`cpus: asked ${Math.ceil(wish.cpus)}, is ${inside.cpus}`);
  if (!isMemoryOf(inside.memory, wish.memory)) {
    differences.push(`memory: asked ${formatBytes(wish.memory)}, is ${formatBytes(inside.memory)}`);
  }
  const tooSmall = (size: Bytes | undefined) => size !== undefined && size < wish.disk * LEAST_DISK_SHARE;
  if (tooSmall(inside.disk) || tooSmall(disk)) {
    const real = [disk && `disk ${formatBytes(disk)}`, inside.disk && `file system ${formatBytes(inside.disk)}`];
    differences.push(`disk: asked ${formatBytes(wish.disk)}, is ${real.filter(Boolean).join(", ")}`);
  }
  if (differences.length === 0) return;
  throw new PlumblineError("NOT_CONVERGED", {
    what: `The machine ${place.profile} is not what was asked for`,
    why: differences.join("; "),
    fix:
      `Stop it (\`colima stop --force ${place.profile}\`) and run the same command again; if it stays so, look for ` +
      `warnings in \`colima start ${place.profile} --verbose\`, or make the machine anew.`,
    details: { differences },
  });
}

function lastNumber(text: string): Bytes | undefined {
  const word = text.trimEnd().split(/\s/).at(-1) ?? "";
  return /^\d+$/.test(word) ? bytes(Number(word)) : undefined;
}
