/** Whether the keys that a node holds fit a smaller limit. Pure. */
import type { Misfit, MisfitInput } from "../../../core/service/data-version.ts";
import { bytes, formatBytes } from "../../../core/units.ts";

/**
 * Redis accepts a maxmemory below the memory in use, and then refuses every write unless its policy evicts. A node that
 * starts reads all its keys before its policy evicts any (evict.c of Redis 7.4: no eviction while it loads).
 */
export function misfit({ held, effective, wanted, memory, isNew }: MisfitInput): Misfit | undefined {
  const of = (name: string) => wanted.get(name) ?? effective.get(name)?.value;
  const isKept = effective.get("appendonly")?.value === "yes" || (effective.get("save")?.value ?? "") !== "";
  if (isNew && !isKept) return undefined;
  const inUse = `${formatBytes(held)} are in use`;
  if (isNew && held > memory) {
    return {
      what: `Redis cannot start with a limit of ${formatBytes(memory)} now; nothing was changed`,
      why: `${inUse}, and a start reads all of them: the kernel would end it`,
      fix: "Remove keys, or keep a larger share for Redis",
    };
  }
  const maxmemory = of("maxmemory");
  if (typeof maxmemory !== "number" || maxmemory === 0 || held <= maxmemory) return undefined;
  if (of("maxmemory-policy") !== "noeviction" || !isLowered(maxmemory, effective)) return undefined;
  return {
    what: `Redis' maxmemory cannot become ${formatBytes(bytes(maxmemory))} now; nothing was changed`,
    why: `${inUse}, and noeviction makes no room: every write would fail`,
    fix: "Remove keys, choose a policy that evicts in the profile, or keep a larger share for Redis",
  };
}

/** Also true if the policy evicted before: what was room for writes ends with it. */
function isLowered(maxmemory: number, effective: MisfitInput["effective"]): boolean {
  const before = effective.get("maxmemory")?.value;
  const evicts = effective.get("maxmemory-policy")?.value !== "noeviction";
  return evicts || typeof before !== "number" || before === 0 || maxmemory < before;
}
