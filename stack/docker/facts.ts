/** The machine, as the engine and its kernel report it. */
import { statfs } from "node:fs/promises";
import { hostname, release } from "node:os";
import { z } from "zod";
import type { MachineFacts } from "../core/machine/facts.ts";
import { ENGINE_SOCKET } from "../core/service/container.ts";
import { bytes } from "../core/units.ts";
import { openFilesLimit } from "../host/open-files.ts";
import { QUICK_DEADLINE_MS } from "./client.ts";
import type { Client } from "./client.ts";

/** The used part of `docker info`. Engines before 20.10 do not report the cgroup version. */
const Info = z.object({
  Name: z.string().default(""),
  NCPU: z.number(),
  MemTotal: z.number(),
  KernelVersion: z.string().default("unknown"),
  OperatingSystem: z.string().default("unknown"),
  Architecture: z.string(),
  Driver: z.string().default("unknown"),
  DockerRootDir: z.string().default(""),
  ServerVersion: z.string(),
  CgroupVersion: z.string().optional(),
  PidsLimit: z.boolean().optional(),
});

export async function machineFacts(client: Client): Promise<MachineFacts> {
  const info = Info.parse(
    await client.call("engine", "ask the engine about its machine", QUICK_DEADLINE_MS, (): Promise<unknown> =>
      client.docker.info(),
    ),
  );
  return {
    cpus: info.NCPU,
    memory: bytes(info.MemTotal),
    architecture: info.Architecture,
    kernel: info.KernelVersion,
    operatingSystem: info.OperatingSystem,
    cgroupVersion: info.CgroupVersion === "2" ? 2 : 1,
    storageDriver: info.Driver,
    engineVersion: info.ServerVersion,
    engineSocket: engineSocket(client.address, info.OperatingSystem),
    ...(info.PidsLimit === undefined ? {} : { limitsProcesses: info.PidsLimit }),
    ...(await diskOf(info)),
    ...(await openFilesOf(info)),
  };
}

/**
 * Returns the path of the engine's socket on the engine's machine. On Linux it is the socket at which the engine is
 * reached. With Docker Desktop and on macOS the engine runs in a virtual machine, and the local socket only forwards to
 * it.
 */
export function engineSocket(address: string, operatingSystem: string, platform = process.platform): string {
  const isNear = platform === "linux" && operatingSystem !== "Docker Desktop";
  return isNear && address.startsWith("unix://") ? address.slice("unix://".length) : ENGINE_SOCKET;
}

/** False for an engine in a virtual machine or container, which has another host name or kernel. */
function isHere({ Name, KernelVersion }: Pick<z.infer<typeof Info>, "Name" | "KernelVersion">): boolean {
  return Name === hostname() && KernelVersion === release();
}

async function openFilesOf(info: z.infer<typeof Info>): Promise<Pick<MachineFacts, "openFilesLimit">> {
  const limit = isHere(info) ? await openFilesLimit() : undefined;
  return limit === undefined ? {} : { openFilesLimit: limit };
}

/** Returns the file system of images and volumes if the engine runs here: another machine's path may exist here too. */
async function diskOf({ Name, KernelVersion, DockerRootDir }: z.infer<typeof Info>) {
  if (!isHere({ Name, KernelVersion }) || !DockerRootDir.startsWith("/")) return {};
  try {
    const { bsize, blocks, bavail } = await statfs(DockerRootDir);
    return { disk: bytes(bsize * blocks), diskFree: bytes(bsize * bavail) };
  } catch {
    return {}; // absent or not readable for us: unknown
  }
}
