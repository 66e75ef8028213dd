/** A memory limit that is too small for the server's load. */
import { setTimeout as sleep } from "node:timers/promises";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { bytes, formatBytes, MIB } from "../../../stack/core/units.ts";
import { askServices } from "../../../stack/converge/ready.ts";
import { projectName } from "../../../stack/core/stack-names.ts";
import type { Injected, Scene } from "./scene.ts";

/** Memory that cannot be reclaimed without swap: anonymous, shared, and the kernel's own for this container. */
const UNRECLAIMABLE = `
if [ -e /sys/fs/cgroup/memory.current ]; then grep -E '^(anon|shmem|kernel) ' /sys/fs/cgroup/memory.stat
else grep -E '^total_(rss|shmem) ' /sys/fs/cgroup/memory/memory.stat; echo kernel $(cat /sys/fs/cgroup/memory/memory.kmem.usage_in_bytes)
fi`;

/** For the page cache, without which nothing works at all; too little for the connections of a scenario too. */
const ROOM = 4 * MIB;

const READY_DEADLINE_MS = 60_000;
const POLL_MS = 250;

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
    stack,
    detail: formatBytes(memory),
    undo: async () => {
      await engine.updateLimits(container.id, service.share);
      await revive(scene);
    },
  };
}

async function revive({ stack, service, instance, container, signal }: Scene): Promise<void> {
  const { engine } = stack.world;
  const project = projectName(stack.desired.stack);
  const end = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    const containers = await engine.containers(project);
    if (containers.some(({ id, state }) => id === container.id && state === "exited"))
      await engine.restart(container.id, instance.container.stopGraceSeconds);
    const { unready: reasons } = await askServices(stack.world, [service], containers);
    if (reasons.size === 0) return;
    if (performance.now() > end) throw notBack(service.name, [...reasons.values()].join(", "));
    await sleep(POLL_MS, undefined, { signal });
  }
}

function notBack(service: string, why: string): PlumblineError {
  const what = `${service} did not come back after its memory limit was put right`;
  return new PlumblineError("BENCH_FAILED", { what, why, fix: "Run the experiment again, or leave this fault out" });
}
