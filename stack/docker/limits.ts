/** The limits of running containers: as set, and as the kernel applies them. */
import { PlumblineError } from "../core/errors.ts";
import type { Share } from "../core/service/service.ts";
import { bytes } from "../core/units.ts";
import type { Client } from "./client.ts";
import { execIn } from "./exec.ts";

/** The kernel may have to write pages back before a smaller limit applies. */
const UPDATE_DEADLINE_MS = 60_000;
const READ_DEADLINE_MS = 20_000;

/** Sets memory and memory+swap to the same number, which means no swap, as in the generated compose file. */
export async function updateLimits(client: Client, containerId: string, { memory, cpus }: Share): Promise<void> {
  await client.call("container", `change the limits of container ${containerId.slice(0, 12)}`, UPDATE_DEADLINE_MS, () =>
    client.docker
      .getContainer(containerId)
      .update({ Memory: memory, MemorySwap: memory, NanoCpus: Math.round(cpus * 1e9) }),
  );
}

interface Layout {
  readonly files: readonly string[];
  parse(numbers: readonly number[]): Share | undefined;
}

/** The kernel's documents admin-guide/cgroup-v2 ("memory.max", "cpu.max") and cgroup-v1/memory, scheduler/sched-bwc. */
const UNIFIED: Layout = {
  files: ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/cpu.max"],
  parse: ([memory, quota, period]) => share(memory, quota, period),
};
const LEGACY: Layout = {
  files: [
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us",
  ],
  parse: ([memory, quota, period]) => share(memory, quota, period),
};

/**
 * Reads effective limits inside a container. The existing files decide the layout, not a version. `Infinity` means "no
 * limit". The kernel rounds memory down to whole pages (4 KiB) and stores cpus in steps of 1/100 000.
 */
export function limitsReader(client: Client): (containerId: string) => Promise<Share> {
  let layouts = [UNIFIED, LEGACY];
  return async (containerId) => {
    const reasons: string[] = [];
    for (const layout of layouts) {
      const argv = ["cat", ...layout.files];
      const { exitCode, stdout, stderr } = await execIn(client, containerId, argv, {
        user: "0",
        timeoutMs: READ_DEADLINE_MS,
      });
      const share = exitCode === 0 ? layout.parse(stdout.trim().split(/\s+/).map(limit)) : undefined;
      if (share) {
        layouts = [layout]; // one engine has one kernel, so the layout stays the same
        return share;
      }
      reasons.push((stderr || stdout).trim());
    }
    throw new PlumblineError("ENGINE_REFUSED", {
      what: `Could not read the limits of container ${containerId.slice(0, 12)}`,
      why: reasons.join("; "),
      fix: "The image needs `cat`, and the container a cgroup namespace of its own (the default).",
    });
  };
}

function limit(word: string): number {
  return word === "max" ? Number.POSITIVE_INFINITY : Number(word);
}

/** cgroup v1 writes "no limit" as -1 for cpus, and as the largest multiple of a page for memory. */
const LEGACY_NO_MEMORY_LIMIT = 2 ** 62;

function share(memory = Number.NaN, quota = Number.NaN, period = Number.NaN): Share | undefined {
  if (Number.isNaN(memory) || Number.isNaN(quota) || Number.isNaN(period)) return undefined;
  return {
    memory: bytes(memory >= LEGACY_NO_MEMORY_LIMIT ? Number.POSITIVE_INFINITY : memory),
    cpus: quota < 0 ? Number.POSITIVE_INFINITY : quota / period,
  };
}
