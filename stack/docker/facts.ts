/** What the engine and the kernel below it say of their machine. */
import { statfs } from "node:fs/promises";
import { hostname, release } from "node:os";
import { z } from "zod";
import type { MachineFacts } from "../core/machine/facts.ts";
import { bytes } from "../core/units.ts";
import { QUICK_DEADLINE_MS } from "./client.ts";
import type { Client } from "./client.ts";

/** The part of `docker info` that is used. Engines before 20.10 do not say which cgroup version they found. */
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
    ...(await diskOf(info)),
  };
}

/**
 * The file system of images and volumes, when it is this computer's: an engine in a virtual machine or a container names
 * a folder of its own, which may exist here as well, but it has another host name or kernel.
 */
async function diskOf({ Name, KernelVersion, DockerRootDir }: z.infer<typeof Info>) {
  if (Name !== hostname() || KernelVersion !== release() || !DockerRootDir.startsWith("/")) return {};
  try {
    const { bsize, blocks, bavail } = await statfs(DockerRootDir);
    return { disk: bytes(bsize * blocks), diskFree: bytes(bsize * bavail) };
  } catch {
    return {}; // absent or not ours to see: unknown
  }
}
