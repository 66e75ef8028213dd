/** Reads Colima's and Lima's records of a profile. Only Lima's list of disks has the true size of the disk. */
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { PlumblineError } from "../../core/errors.ts";
import type { Host } from "../../host/host.ts";
import { bytes, gib } from "../../core/units.ts";
import type { Bytes } from "../../core/units.ts";
import { machineError } from "./command.ts";
import type { ColimaCommand, Deadlines } from "./command.ts";
import type { MachineRemains } from "../../core/machine/machine.ts";
import type { Machine } from "./machine.ts";
import type { Place } from "./place.ts";

/** One line of `colima list --json`; empty fields are left out. */
const Row = z.object({
  name: z.string(),
  status: z.string().default(""),
  cpus: z.number().default(0),
  memory: z.number().default(0),
  disk: z.number().default(0),
  runtime: z.string().default(""),
});

export type Row = z.infer<typeof Row>;

/** Resolves the line of this profile. Rejects with MACHINE_FAILED if Colima cannot be asked. */
export async function listed(
  host: Host,
  command: ColimaCommand,
  place: Place,
  deadlines: Deadlines,
): Promise<Row | undefined> {
  const result = await command.colima(["list", "--json"], deadlines.askMs);
  if (!result.ok) throw await machineError(host, place, "Colima cannot list its machines", result, deadlines.askMs);
  return jsonLines(result.stdout, Row).find(({ name }) => name === place.profile);
}

const Disk = z.object({ name: z.string(), size: z.number() });

/** Resolves the size of the data disk from Lima; undefined if there is none (never before Colima 0.9). */
export async function dataDisk(command: ColimaCommand, place: Place, deadlines: Deadlines): Promise<Bytes | undefined> {
  const result = await command.limactl(["disk", "ls", "--json"], deadlines.askMs);
  const disk = jsonLines(result.stdout, Disk).find(({ name }) => name === place.id);
  return disk && bytes(disk.size);
}

/** Resolves what a machine that is not listed has left; undefined if it is nothing. */
export async function remainsOf({ host, command, place, deadlines }: Machine): Promise<MachineRemains | undefined> {
  const disk = await dataDisk(command, place, deadlines);
  const isThere = async (path: string) => (await host.kind(path)) !== "absent";
  const isFormatted = await isThere(place.storeFile);
  if (disk === undefined && !isFormatted && !(await isThere(place.folder))) return undefined;
  return { ...(disk === undefined ? {} : { disk }), hasData: disk !== undefined && isFormatted };
}

const Mount = z.object({ location: z.string(), mountPoint: z.string().nullish(), writable: z.boolean().nullish() });

const Config = z.object({
  disk: z.number().optional(),
  arch: z.string().optional(),
  runtime: z.string().optional(),
  vmType: z.string().optional(),
  mountType: z.string().optional(),
  mounts: z.array(Mount).nullish(),
});

export type Config = z.infer<typeof Config>;

export async function readConfig(host: Host, path: string): Promise<Config | undefined> {
  const text = await host.read(path);
  if (text === undefined) return undefined;
  try {
    return Config.parse(parse(text));
  } catch {
    return undefined; // truncated by a killed run: Colima writes it again
  }
}

export function recordedDisk(config: Config | undefined): Bytes | undefined {
  return config?.disk === undefined ? undefined : gib(config.disk);
}

const FIXED = [
  ["arch", "architecture"],
  ["vmType", "kind of virtual machine"],
  ["mountType", "kind of mount"],
] as const;

/**
 * Throws MACHINE_IMMUTABLE if a change concerns what the first start fixed: Colima would revert it with a warning, exit
 * with 0 and start the machine unchanged.
 */
export function refuseImmutable(place: Place, state: Config | undefined, desired: Config | undefined): void {
  if (!state) return;
  const differences = FIXED.flatMap(([key, words]) => {
    const [had, wanted] = [state[key], desired?.[key]];
    return had && wanted && had !== wanted ? [`the ${words} is ${had}, and colima.yaml asks for ${wanted}`] : [];
  });
  if (state.runtime && state.runtime.replace(/\+.*/, "") !== "docker") {
    differences.push(`the container runtime is ${state.runtime}, and the stack needs docker`);
  }
  if (differences.length === 0) return;
  throw new PlumblineError("MACHINE_IMMUTABLE", {
    what: `The machine ${place.profile} cannot be changed like this`,
    why: differences.join("; "),
    fix:
      `Put the value back in ${place.desiredFile}, use another stack (\`--stack\`), ` +
      `or make the machine anew: \`npm run destroy -- --machine\` (its data goes with it).`,
    details: { differences },
  });
}

/** Returns the folders that the machine does not mount: containers would silently see empty folders. */
export function unmounted(host: Host, config: Config | undefined, folders: readonly string[]): readonly string[] {
  if (!config) return [];
  // `[]` mounts the home folder; null or a missing key mounts nothing.
  const mounts = config.mounts?.length === 0 ? [{ location: host.home }] : (config.mounts ?? []);
  const seen = mounts.map(({ location }) => location.replace(/^~(?=\/|$)/, host.home));
  return folders.filter((folder) => !seen.some((parent) => contains(parent, folder)));
}

/**
 * Returns the mounts to request so that every folder is visible: the home folder and folders outside it; empty if the
 * home folder suffices.
 */
export function mountsFor(host: Host, folders: readonly string[]): readonly string[] {
  const outside = folders.filter((folder) => !contains(host.home, folder));
  if (outside.length === 0) return [];
  const all = [...new Set([host.home, ...outside])];
  return all.filter((folder) => !all.some((other) => other !== folder && contains(other, folder))); // no overlaps
}

function contains(parent: string, folder: string): boolean {
  return join(folder, "/").startsWith(join(parent, "/"));
}

function jsonLines<T>(text: string, schema: z.ZodType<T>): readonly T[] {
  return text.split("\n").flatMap((line) => {
    try {
      const parsed = schema.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}
