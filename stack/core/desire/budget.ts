/** The memory budget: how the machine's memory and cpus are shared among the services. */
import { PlumblineError } from "../errors.ts";
import type { Machine, MachineWish } from "../machine/machine.ts";
import type { Needs, Share } from "../service/service.ts";
import { bytes, formatBytes, inMib, mib, roundDown, sum, type Bytes } from "../units.ts";

/** Kept for the kernel, the engine and its page cache: 768 MiB, or 15 % on machines above 5 GiB. */
const RESERVE_MINIMUM = mib(768);
const RESERVE_FRACTION = 0.15;

/** Limits are whole multiples of this, so that a small change of the machine does not move every limit. */
const GRAIN = mib(16);

/** Services rarely work all at once, so cpu limits may promise up to three times what the machine has. */
const CPU_OVERCOMMIT = 3;

/** Cpu limits are whole multiples of this; the smallest limit is one of it. */
const CPU_GRAIN = 0.05;

/** What one service claims; `needs` are those of one instance. */
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
  /** λ, in bytes for each unit of weight. */
  readonly level: number;
  /** Part of the wanted cpus that everybody gets, since limits promise at most a multiple of the machine's. */
  readonly squeeze: number;
  /** The share of one instance, by service. */
  readonly shares: ReadonlyMap<string, Share>;
  /** Sum of all shares over all instances. */
  readonly spent: Bytes;
}

/**
 * What the budget may count on: what was read inside the machine, and never more than the profile asks for, so that a
 * stack on a large engine host leaves the rest of the host alone.
 */
export function budgetMachine(facts: Machine, wish: MachineWish): Machine {
  return { cpus: Math.min(facts.cpus, wish.cpus), memory: bytes(Math.min(facts.memory, wish.memory)) };
}

/**
 * Water-filling: every instance gets min(ideal, floor + λ·weight) with one λ for all, found by bisection so that the
 * sum is what is available. More memory never gives less to any service, and nothing above its ideal.
 * Throws BUDGET_IMPOSSIBLE with the shortest list of services to drop when the floors alone do not fit.
 */
export function allocate(claims: readonly Claim[], machine: Machine): Budget {
  const reserve = bytes(Math.max(RESERVE_MINIMUM, machine.memory * RESERVE_FRACTION));
  const available = bytes(Math.max(0, machine.memory - reserve));
  const floors = sum(claims.map((claim) => totalFloor(claim)));
  if (floors > available) throw impossible(claims, machine, reserve, available, floors);
  const level = waterLevel(claims, available);
  const squeeze = cpuSqueeze(claims, machine.cpus);
  const shares = new Map<string, Share>();
  for (const claim of claims) {
    shares.set(claim.service, {
      memory: memoryAt(claim, level),
      cpus: cpuLimit(Math.min(claim.needs.cpus, machine.cpus) * squeeze),
    });
  }
  const spent = sum(claims.map((claim) => bytes(memoryAt(claim, level) * claim.instances)));
  const needs = new Map(claims.map((claim) => [claim.service, claim.needs]));
  return { machine, reserve, available, needs, level, squeeze, shares, spent };
}

function totalFloor({ instances, needs }: Claim): Bytes {
  return bytes(instances * needs.floor);
}

/** Rounding down to the grain never goes below the floor. */
function memoryAt({ needs }: Claim, level: number): Bytes {
  const wanted = bytes(Math.min(needs.ideal, needs.floor + level * needs.weight));
  return bytes(Math.max(needs.floor, roundDown(wanted, GRAIN)));
}

/**
 * The highest λ whose sum fits. The search starts where every service has its ideal, whatever is available: the steps
 * are then the same for every machine, so that more memory never gives a lower level. 60 halvings narrow 2^40 bytes to
 * less than one byte.
 */
function waterLevel(claims: readonly Claim[], available: Bytes): number {
  const spentAt = (level: number): number => {
    let total = 0;
    for (const { instances, needs } of claims)
      total += instances * Math.min(needs.ideal, needs.floor + level * needs.weight);
    return total;
  };
  let low = 0;
  // One more than the level of the ideals, which may be rounded to a number just below.
  let top = 1 + Math.max(0, ...claims.map(({ needs }) => (needs.ideal - needs.floor) / needs.weight));
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
    what: `The services need at least ${formatBytes(floors)}, and ${formatBytes(available)} are available`,
    why: `${formatBytes(machine.memory)} of memory less ${formatBytes(reserve)} for the system; smallest sizes: ${rows}`,
    fix:
      `Give the machine ${needed} MiB, or drop ${drop.join(" and ")} in the profile ` +
      `(${drop.map((name) => `${name}: false`).join(", ")})`,
    details: { floors, available, reserve, drop },
  });
}

/**
 * The fewest services whose removal frees `deficit`, the largest first; what requires a dropped service is dropped with
 * it. Exact: every number of services is tried from 1 up, and a list is left as soon as the largest services that could
 * follow would not free enough. Without dependencies the first list tried is the answer.
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
  /** The largest first. */
  readonly claims: readonly Claim[];
  readonly deficit: number;
  /** Services before this one were decided. */
  readonly from: number;
  readonly chosen: readonly string[];
}

/** `count` more services from `from` on that free the rest of the deficit; undefined if there are none. */
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

/** Nothing that stays requires what goes. */
function isClosed(dropped: readonly string[], claims: readonly Claim[]): boolean {
  return claims.every(
    ({ service, requires }) => dropped.includes(service) || !requires.some((name) => dropped.includes(name)),
  );
}
