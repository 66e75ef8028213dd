/** A memory limit that is too small for the server's load. */
import { bytes, formatBytes, MIB } from "../../../../stack/core/units.ts";
import { revive } from "./revive.ts";
import type { Injected, Scene } from "../scene.ts";

/** Memory that cannot be reclaimed without swap: anonymous, shared, and the kernel's own for this container. */
const UNRECLAIMABLE = `
if [ -e /sys/fs/cgroup/memory.current ]; then grep -E '^(anon|shmem|kernel) ' /sys/fs/cgroup/memory.stat
else grep -E '^total_(rss|shmem) ' /sys/fs/cgroup/memory/memory.stat; echo kernel $(cat /sys/fs/cgroup/memory/memory.kmem.usage_in_bytes)
fi`;

/** For the page cache, without which nothing works at all; too little for the connections of a scenario too. */
const ROOM = 4 * MIB;

/**
 * Sets the limit to what cannot be reclaimed. Without swap, no limit makes a server merely slow: it fits, or the kernel
 * kills it. Undoing starts the server again if it was killed.
 */
export async function squeezeMemory(scene: Scene): Promise<Injected> {
  const { stack, service, container } = scene;
  const { engine } = stack.world;
  const { stdout } = await engine.exec(container.id, ["sh", "-c", UNRECLAIMABLE], { user: "0" });
  const kept = [...stdout.matchAll(/ (\d+)$/gm)].reduce((total, [, size]) => total + Number(size), 0);
  const memory = bytes(kept + ROOM);
  await engine.updateLimits(container.id, { ...service.share, memory });
  return {
    detail: formatBytes(memory),
    undo: async () => {
      await engine.updateLimits(container.id, service.share);
      await revive(scene);
    },
  };
}
