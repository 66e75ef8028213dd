/** Checks this computer: Node.js, the project's own installation, free space on its disk. */
import { readFile, statfs } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { bytes, formatBytes, gib, mib, type Bytes } from "../../core/units.ts";
import { finding, ok, problem, warning, type Finding } from "./check.ts";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));

/** Space for one database image and its layers while it is unpacked. */
const DISK_PROBLEM = gib(1);
/** Space for all images, and for data. */
const DISK_WARNING = gib(8);
/** The part of the profile's disk that logs and temporary files of servers need free, whatever its size is. */
const FREE_SHARE = 0.1;
/** Space for generated files and results, which are small. */
const PROJECT_WARNING = mib(200);

export async function checkComputer(): Promise<readonly Finding[]> {
  const checks = [finding("node", checkNode), finding("install", checkInstall), finding("project disk", checkProject)];
  return (await Promise.all(checks)).flat();
}

const Package = z.object({ engines: z.object({ node: z.string() }) });

async function checkNode(): Promise<readonly Finding[]> {
  const { engines } = Package.parse(await readJson("package.json"));
  const found = `Node.js ${process.versions.node}`;
  if (isNewEnough(process.versions.node, engines.node)) return [ok("node", `${found} (needed: ${engines.node})`)];
  return [problem("node", `${found}, and ${engines.node} is needed`, "Install a newer Node.js.")];
}

/** Compares a version with a range of the form ">=20.12". */
export function isNewEnough(running: string, range: string): boolean {
  const [major = 0, minor = 0] = range.replace(">=", "").split(".").map(Number);
  const [runningMajor = 0, runningMinor = 0] = running.split(".").map(Number);
  return runningMajor > major || (runningMajor === major && runningMinor >= minor);
}

const Lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), optional: z.boolean().optional() })),
});

async function checkInstall(): Promise<readonly Finding[]> {
  const [wanted, installed] = [await readJson("package-lock.json"), await readJson("node_modules/.package-lock.json")];
  const [lock, record] = [Lock.parse(wanted).packages, Lock.safeParse(installed)];
  if (!record.success) return [problem("install", "npm has no record of what it installed", "Run `npm ci`.")];
  const wrong = Object.entries(lock).filter(([path, { version, optional }]) => {
    const found = record.data.packages[path];
    return path !== "" && (found === undefined ? optional !== true : found.version !== version);
  });
  if (wrong.length === 0) return [ok("install", `${Object.keys(record.data.packages).length} packages, as locked`)];
  return [problem("install", `${wrong.length} packages are not those of package-lock.json`, "Run `npm ci`.")];
}

async function checkProject(): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(PROJECT);
  const free = bytes(bavail * bsize);
  const found = `${formatBytes(free)} free where Plumbline is`;
  if (free >= PROJECT_WARNING) return [ok("project disk", found)];
  return [warning("project disk", found, "Make room: generated files and results are written there.")];
}

/** Checks the free space where the engine stores images and volumes. */
export function engineDisk(free: Bytes | undefined, wanted: Bytes): Finding {
  if (free === undefined)
    return ok("engine disk", "not known: the engine's disk is in a machine that cannot be looked into");
  const found = `${formatBytes(free)} free where images and volumes are, on a disk that the profile wants with ${formatBytes(wanted)}`;
  if (free >= Math.max(DISK_WARNING, wanted * FREE_SHARE)) return ok("engine disk", found);
  const remedy = "Make room; `docker system df` shows what takes it.";
  return free < DISK_PROBLEM ? problem("engine disk", found, remedy) : warning("engine disk", found, remedy);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(`${PROJECT}/${path}`, "utf8"));
  } catch {
    return undefined;
  }
}
