/** The memory budget: how the machine's memory and cpus are shared among the services. */
import { PlumblineError } from "../errors.ts";
import type { Machine, MachineWish } from "../machine/machine.ts";
import type { Needs, Share } from "../service/service.ts";
import { bytes, formatBytes, inMib, mib, roundDown, sum, type Bytes } from "../units.ts";
import { shareLogs, type LogBudget } from "./log-budget.ts";

/** Memory kept for the kernel, the engine and its page cache: 768 MiB, or 15 % on machines above 5 GiB. */
const RESERVE_MINIMUM = mib(768);
const RESERVE_FRACTION = 0.15;

/**
 * Part of the memory beyond the ideals that stays free, for containers and programs that run beside the stack on the
 * same machine. The rest serves as cache.
 */
export const FREE_FRACTION = 1 / 4;

/** Memory limits are whole multiples of this, so that a small change of the machine does not move every limit. */
const GRAIN = mib(16);

/** Services rarely work all at once, so the cpu limits may add up to three times the machine's cpus. */
const CPU_OVERCOMMIT = 3;

/** Cpu limits are whole multiples of this, which is also the smallest limit. */
const CPU_GRAIN = 0.05;

/** What one service claims; `needs` are those of each of its instances. */
export interface Claim {
  readonly service: string;
  readonly requires: readonly string[];
  readonly instances: number;
  readonly needs: Needs;
}

export interface Budget {
  readonly machine: Machine;
  readonly reserve: Bytes;
  readonly available: Bytes;
  /** What one instance claims, by service. */
  readonly needs: ReadonlyMap<string, Needs>;
  /** λ, in bytes for each unit of weight, between floors and ideals. */
  readonly level: number;
  /** κ, in bytes for each unit of weight, above the ideals; 0 if the ideals do not fit. */
  readonly cacheLevel: number;
  /** The factor by which all cpu limits are reduced if their sum would exceed the overcommitted cpus of the machine. */
  readonly squeeze: number;
  /** The share of one instance, by service. */
  readonly shares: ReadonlyMap<string, Share>;
  /** Sum of all shares over all instances. */
  readonly spent: Bytes;
  /** What the disk has for logs, and who gets it. */
  readonly logs: LogBudget;
}

/**
 * Returns what the budget may use: the machine as read back from inside, but never more than the profile asks for, so
 * that a stack on a large engine host leaves the rest of the host alone.
 */
export function budgetMachine(facts: Machine, wish: MachineWish): Machine {
  return {
    cpus: Math.min(facts.cpus, wish.cpus),
    memory: bytes(Math.min(facts.memory, wish.memory)),
    disk: bytes(Math.min(facts.disk ?? wish.disk, wish.disk)),
  };
}

/**
 * Shares the memory by water-filling: every instance gets min(ideal, floor + λ·weight). One λ serves all; bisection
 * finds the largest one whose sum fits. If all ideals fit, what they leave, less the part that stays free, is shared in
 * the same way up to the most that each can use as cache: min(most, ideal + κ·weight). More memory of the machine never
 * gives a service less, as long as the ideals together grow slower than what is available. Throws BUDGET_IMPOSSIBLE with the shortest list of services to drop if the floors alone do not fit.
 */
export function allocate(claims: readonly Claim[], machine: Machine): Budget {
  const reserve = bytes(Math.max(RESERVE_MINIMUM, machine.memory * RESERVE_FRACTION));
  const available = bytes(Math.max(0, machine.memory - reserve));
  const floors = sum(claims.map((claim) => totalFloor(claim)));
  if (floors > available) throw impossible(claims, machine, reserve, available, floors);
  const level = waterLevel(claims.map(untilIdeal), available);
  const ideals = sum(claims.map(({ instances, needs }) => bytes(instances * needs.ideal)));
  const cache = ideals < available ? bytes(ideals + (available - ideals) * (1 - FREE_FRACTION)) : available;
  const cacheLevel = ideals < available ? waterLevel(claims.map(beyondIdeal), cache) : 0;
  const squeeze = cpuSqueeze(claims, machine.cpus);
  const shares = new Map<string, Share>();
  for (const claim of claims) {
    shares.set(claim.service, {
      memory: memoryAt(claim, level, cacheLevel),
      cpus: cpuLimit(Math.min(claim.needs.cpus, machine.cpus) * squeeze),
    });
  }
  const spent = sum(claims.map((claim) => bytes(memoryAt(claim, level, cacheLevel) * claim.instances)));
  const needs = new Map(claims.map((claim) => [claim.service, claim.needs]));
  const logs = shareLogs(claims, machine.disk);
  return { machine, reserve, available, needs, level, cacheLevel, squeeze, shares, spent, logs };
}

function totalFloor({ instances, needs }: Claim): Bytes {
  return bytes(instances * needs.floor);
}

/** Rounds down to the grain, but never below the floor. */
function memoryAt({ needs }: Claim, level: number, cacheLevel: number): Bytes {
  const ideal = Math.min(needs.ideal, needs.floor + level * needs.weight);
  const wanted = bytes(Math.min(mostOf(needs), ideal + cacheLevel * needs.weight));
  return bytes(Math.max(needs.floor, roundDown(wanted, GRAIN)));
}

/** Returns the memory beyond which one instance gains nothing. */
export function mostOf({ ideal, most = ideal }: Needs): Bytes {
  return bytes(Math.max(ideal, most));
}

/** One span of memory that is shared out by weight. */
interface Span {
  readonly instances: number;
  readonly low: Bytes;
  readonly high: Bytes;
  readonly weight: number;
}

function untilIdeal({ instances, needs: { floor, ideal, weight } }: Claim): Span {
  return { instances, low: floor, high: ideal, weight };
}

function beyondIdeal({ instances, needs }: Claim): Span {
  return { instances, low: needs.ideal, high: mostOf(needs), weight: needs.weight };
}

/**
 * Returns the highest λ whose sum fits. The search starts at the λ that gives every service all of its span,
 * independent of the available memory. So the steps are the same for every machine, and more memory never gives a lower λ. 60 halvings
 * narrow 2^40 bytes to less than one byte.
 */
function waterLevel(spans: readonly Span[], available: Bytes): number {
  const spentAt = (level: number): number => {
    let total = 0;
    for (const { instances, low, high, weight } of spans) total += instances * Math.min(high, low + level * weight);
    return total;
  };
  let low = 0;
  // One more than the level of the highest, because rounding may put that level just below.
  let top = 1 + Math.max(0, ...spans.map((span) => (span.high - span.low) / span.weight));
  if (spentAt(top) <= available) return top;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + top) / 2;
    if (spentAt(middle) <= available) low = middle;
    else top = middle;
  }
  return low;
}

function cpuSqueeze(claims: readonly Claim[], cpus: number): number {
  let promised = 0;
  for (const { instances, needs } of claims) promised += instances * Math.min(needs.cpus, cpus);
  return promised > cpus * CPU_OVERCOMMIT ? (cpus * CPU_OVERCOMMIT) / promised : 1;
}

function cpuLimit(cpus: number): number {
  const grains = Math.max(1, Math.floor(cpus / CPU_GRAIN + 1e-9));
  return Number((grains * CPU_GRAIN).toFixed(2));
}

function impossible(
  claims: readonly Claim[],
  machine: Machine,
  reserve: Bytes,
  available: Bytes,
  floors: Bytes,
): PlumblineError {
  const drop = shortestDrop(claims, bytes(floors - available));
  const needed = Math.ceil(inMib(bytes(Math.max(floors + RESERVE_MINIMUM, floors / (1 - RESERVE_FRACTION)))));
  const rows = claims.map((claim) => `${claim.service} ${formatBytes(totalFloor(claim))}`).join(", ");
  return new PlumblineError("BUDGET_IMPOSSIBLE", {
    what: `The services need at least ${shortfallText(floors, available)} are available`,
    why: `${formatBytes(machine.memory)} of memory less ${formatBytes(reserve)} for the system; smallest sizes: ${rows}`,
    fix: `Give the machine ${needed} MiB as read inside it${others(drop, claims)}`,
    details: { floors, available, reserve, drop },
  });
}

/** What else helps: a profile needs a service, so that to drop all of them is no way; a smaller workload may be one. */
function others(drop: readonly string[], claims: readonly Claim[]): string {
  if (drop.length === claims.length)
    return ", or lower the clients and connections under workload, if the profile raises them";
  const settings = drop.map((name) => `${name}: false`).join(", ");
  return `, or drop ${drop.join(" and ")} in the profile (${settings})`;
}

/** "2.2 GiB, and 1.3 GiB", or in MiB where both would round to the same. `needed` is more than `available`. */
function shortfallText(needed: Bytes, available: Bytes): string {
  const [more, less] = [formatBytes(needed), formatBytes(available)];
  return more === less
    ? `${Math.ceil(inMib(needed))} MiB, and ${Math.floor(inMib(available))} MiB`
    : `${more}, and ${less}`;
}

/**
 * Returns the fewest services whose removal frees `deficit`, the largest first. A service that requires a dropped
 * service is dropped with it. The search is exact: it tries every number of services from 1 up, and abandons a list as
 * soon as the largest remaining services would not free enough. Without dependencies the first list tried is the
 * result.
 */
export function shortestDrop(claims: readonly Claim[], deficit: Bytes): readonly string[] {
  const bySize = claims.toSorted((a, b) => totalFloor(b) - totalFloor(a));
  for (let count = 1; count < bySize.length; count += 1) {
    const dropped = dropOf(count, { claims: bySize, deficit, from: 0, chosen: [] });
    if (dropped) return claims.map(({ service }) => service).filter((service) => dropped.includes(service));
  }
  return claims.map(({ service }) => service);
}

interface Search {
  /** All claims, the largest first. */
  readonly claims: readonly Claim[];
  readonly deficit: number;
  /** The search has decided about the services before this index. */
  readonly from: number;
  readonly chosen: readonly string[];
}

/**
 * Returns `count` more services, from index `from` on, that free the rest of the deficit; undefined if there are none.
 */
function dropOf(count: number, { claims, deficit, from, chosen }: Search): readonly string[] | undefined {
  if (count === 0) return deficit <= 0 && isClosed(chosen, claims) ? chosen : undefined;
  for (let index = from; index + count <= claims.length; index += 1) {
    if (sum(claims.slice(index, index + count).map(totalFloor)) < deficit) return undefined;
    const claim = claims[index];
    if (!claim) return undefined;
    const rest = { claims, deficit: deficit - totalFloor(claim), from: index + 1, chosen: [...chosen, claim.service] };
    const found = dropOf(count - 1, rest);
    if (found) return found;
  }
  return undefined;
}

/** Returns whether no remaining service requires a dropped one. */
function isClosed(dropped: readonly string[], claims: readonly Claim[]): boolean {
  return claims.every(
    ({ service, requires }) => dropped.includes(service) || !requires.some((name) => dropped.includes(name)),
  );
}
