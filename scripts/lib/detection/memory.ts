/** A memory limit that is too small, but not so small that the kernel ends processes. */
import { bytes, formatBytes, MIB } from "../../../stack/core/units.ts";
import type { Injected, Scene } from "./scene.ts";

/**
 * Makes the pages of the server's own program and libraries pages of this container: a change of an image's file makes a
 * copy of it. Those of the image belong to whichever container of the machine read them first, and no limit evicts them.
 */
const PROGRAM = `grep r-xp /proc/1/maps | sed 's/^[^/]*//' | sort -u | grep '^/'`;
const TOUCH = `while read -r file; do touch "$file"; done`;

/** Memory that no limit gets back without swap: anonymous, shared, and the kernel's own for this container. */
const UNRECLAIMABLE = `
if [ -e /sys/fs/cgroup/memory.current ]; then grep -E '^(anon|shmem|kernel) ' /sys/fs/cgroup/memory.stat
else grep -E '^total_(rss|shmem) ' /sys/fs/cgroup/memory/memory.stat; echo kernel $(cat /sys/fs/cgroup/memory/memory.kmem.usage_in_bytes)
fi`;

/** What the connections of a scenario take, and the little page cache without which nothing moves at all. */
const ROOM = 12 * MIB;

/** To be done once, before anything is measured. Restarts the container. */
export async function ownProgram({ stack, instance, container }: Scene): Promise<void> {
  const { engine } = stack.world;
  const shell = async (script: string, user: string, stdin = "") => {
    const { stdout } = await engine.exec(container.id, ["sh", "-c", script], { user, stdin });
    return stdout;
  };
  // Who may not trace a process may not read its map: only its own user may, and root without that capability may not.
  const user = await shell("stat -c %u /proc/1", "0");
  await shell(TOUCH, "0", await shell(PROGRAM, user.trim()));
  await engine.restart(container.id, instance.container.stopGraceSeconds);
}

export async function squeezeMemory({ stack, service, container }: Scene): Promise<Injected> {
  const { engine } = stack.world;
  const { stdout } = await engine.exec(container.id, ["sh", "-c", UNRECLAIMABLE], { user: "0" });
  const kept = [...stdout.matchAll(/ (\d+)$/gm)].reduce((total, [, size]) => total + Number(size), 0);
  const memory = bytes(kept + ROOM);
  await engine.updateLimits(container.id, { ...service.share, memory });
  return { stack, detail: formatBytes(memory), undo: () => engine.updateLimits(container.id, service.share) };
}
