/** A Docker engine of the test's own, beside the real one, whose disk is small and can be filled. */
import { existsSync, statfsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import Docker from "dockerode";
import { execa } from "execa";
import { docker as local, LABEL, removeLeftovers } from "./docker.ts";
import { until } from "./until.ts";

/** Part of the engine and of nothing else: not something to install for tests. */
const DAEMON = "dockerd";

const MIB = 1024 * 1024;
const COMMAND_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 20_000;

export interface SmallEngine {
  /** What DOCKER_HOST shall be. */
  readonly address: string;
  readonly docker: Docker;
  /** Copies an image from the local engine. */
  readonly copyImage: (reference: string) => Promise<void>;
  /** Leaves this much free on the disk that holds images and volumes. */
  readonly fill: (freeMib: number) => Promise<void>;
  readonly empty: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts the engine, or answers why that cannot be done here. */
export async function openSmallEngine(diskMib: number): Promise<SmallEngine | { readonly reason: string }> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return { reason: "it needs Linux and root" };
  if (!(await succeeds("sh", ["-c", `command -v ${DAEMON}`]))) return { reason: `${DAEMON} is not installed` };
  await removeLeftovers();
  const folder = await mkdtemp(join(tmpdir(), "plumbline-engine-"));
  const disk = join(folder, "disk");
  await mkdir(disk);
  if (!(await succeeds("mount", ["-t", "tmpfs", "-o", `size=${diskMib}m`, "tmpfs", disk]))) {
    await rm(folder, { recursive: true });
    return { reason: "no file system can be mounted" };
  }
  // A bridge of the local engine: its rules for packets let containers of both reach the network. Never "none", which
  // would remove the bridge of the local engine.
  const bridge = `pl-${basename(folder).slice(-6).toLowerCase()}`;
  const network = await local.createNetwork({
    Name: bridge,
    Labels: { [LABEL]: String(process.pid) },
    Options: { "com.docker.network.bridge.name": bridge },
  });
  const socket = join(folder, "docker.sock");
  const daemon = execa(DAEMON, daemonArguments({ folder, disk, bridge, socket }), {
    all: true,
    buffer: false,
    reject: false,
    stdin: "ignore",
    forceKillAfterDelay: STOP_DEADLINE_MS,
  });
  daemon.all.resume();
  const docker = new Docker({ socketPath: socket, host: "" });
  const filler = join(disk, "filler");
  const close = async () => {
    daemon.kill("SIGTERM");
    await daemon;
    await succeeds("umount", ["-l", disk]);
    await rm(folder, { recursive: true, force: true });
    await network.remove();
  };
  try {
    await until(
      "the engine answers",
      () =>
        existsSync(socket) &&
        docker.ping().then(
          () => true,
          () => false,
        ),
    );
  } catch (error) {
    await close();
    return { reason: String(error) };
  }
  return {
    address: `unix://${socket}`,
    docker,
    close,
    copyImage: async (reference) => {
      const loaded = await docker.loadImage(await local.getImage(reference).get());
      await new Promise((resolve, reject) => loaded.on("end", resolve).on("error", reject).resume());
    },
    fill: async (freeMib) => {
      const { bavail, bsize } = statfsSync(disk);
      const size = bavail * bsize - freeMib * MIB;
      if (!(await succeeds("fallocate", ["-l", String(size), filler]))) throw new Error("the disk cannot be filled");
    },
    empty: () => rm(filler, { force: true }),
  };
}

interface Places {
  readonly folder: string;
  readonly disk: string;
  readonly bridge: string;
  readonly socket: string;
}

function daemonArguments({ folder, disk, bridge, socket }: Places): readonly string[] {
  const places = ["--data-root", disk, "--exec-root", join(folder, "exec"), "--pidfile", join(folder, "pid")];
  const rules = ["--iptables=false", "--ip-masq=false", "--ip-forward=false"]; // those of the local engine stay as they are
  return [...places, "--host", `unix://${socket}`, "--bridge", bridge, ...rules];
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  const { exitCode } = await execa(command, args, { reject: false, timeout: COMMAND_DEADLINE_MS });
  return exitCode === 0;
}
