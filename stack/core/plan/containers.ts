/** Finds the container of each instance. Pure. */
import type { ObservedContainer } from "../machine/facts.ts";

/**
 * Returns one container per instance. An interrupted replacement leaves two: the running one is taken, otherwise the
 * first, which is the newest in the engine's order.
 */
export function byInstance(containers: readonly ObservedContainer[]): ReadonlyMap<string, ObservedContainer> {
  const found = new Map<string, ObservedContainer>();
  for (const container of containers) {
    const other = found.get(container.instance);
    if (!other || (container.state === "running" && other.state !== "running"))
      found.set(container.instance, container);
  }
  return found;
}
