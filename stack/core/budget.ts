/** The memory budget: how the machine's memory and cpus are shared among the services. */
import { PlumblineError } from "./errors.ts";
import type { MachineFacts } from "./facts.ts";
import type { MachineWish } from "./runtime.ts";
import type { Needs, Share } from "./service.ts";
import { bytes, formatBytes, inMib, mib, roundDown, sum, type Bytes } from "./units.ts";

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

export type BudgetMachine = Pick<MachineFacts, "cpus" | "memory">;

export interface Budget {
  readonly machine: BudgetMachine;
  readonly reserve: Bytes;
  readonly available: Bytes;
  /** The share of one instance, by service. */
  readonly shares: ReadonlyMap<string, Share>;
  /** Sum of all shares over all instances. */
  readonly spent: Bytes;
}

/**
 * What the budget may count on: what was read inside the machine, and never more than the profile asks for, so that a
 * stack on a large engine host leaves the rest of the host alone.
 */
export function budgetMachine(facts: BudgetMachine, wish: MachineWish): BudgetMachine {
  return { cpus: Math.min(facts.cpus, wish.cpus), memory: bytes(Math.min(facts.memory, wish.memory)) };
}

/**
 * Water-filling: every instance gets min(ideal, floor + λ·weight) with one λ for all, found by bisection so that the
 * sum is what is available. More memory never gives less to any service, and nothing above its ideal.
 * Throws BUDGET_IMPOSSIBLE with the shortest list of services to drop when the floors alone do not fit.
 */
export function allocate(claims: readonly Claim[], machine: BudgetMachine): Budget {
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
  return { machine, reserve, available, shares, spent };
}

function totalFloor({ instances, needs }: Claim): Bytes {
  return bytes(instances * needs.floor);
}

/** Rounding down to the grain never goes below the floor. */
function memoryAt({ needs }: Claim, level: number): Bytes {
  const wanted = bytes(Math.min(needs.ideal, needs.floor + level * needs.weight));
  return bytes(Math.max(needs.floor, roundDown(wanted, GRAIN)));
}

/** The highest λ whose sum fits. 60 halvings narrow 2^40 bytes to less than one byte of λ. */
function waterLevel(claims: readonly Claim[], available: Bytes): number {
  let low = 0;
  let high = available;
  const spentAt = (level: number): number => {
    let total = 0;
    for (const { instances, needs } of claims) total += instances * Math.min(needs.ideal, needs.floor + level * needs.weight);
    return total;
  };
  if (spentAt(high) <= available) return high;
  let top: number = high;
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
  machine: BudgetMachine,
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
 * Services whose removal frees `deficit`, fewest first: taking the largest claims is the shortest list where nothing
 * depends on them; what requires a dropped service goes with it, and what then proves needless is taken off again.
 */
export function shortestDrop(claims: readonly Claim[], deficit: Bytes): readonly string[] {
  const byFloor = [...claims].sort((a, b) => totalFloor(b) - totalFloor(a) || dependents(a, claims) - dependents(b, claims));
  const dropped = new Set<string>();
  const freed = (): number => sum(claims.filter(({ service }) => dropped.has(service)).map(totalFloor));
  for (const claim of byFloor) {
    if (freed() >= deficit) break;
    for (const name of withDependents(claim.service, claims)) dropped.add(name);
  }
  for (const claim of [...byFloor].reverse()) {
    if (!dropped.has(claim.service) || claim.requires.some((name) => dropped.has(name))) continue;
    const group = withDependents(claim.service, claims).filter((name) => dropped.has(name));
    for (const name of group) dropped.delete(name);
    if (freed() < deficit) for (const name of group) dropped.add(name);
  }
  return claims.map(({ service }) => service).filter((service) => dropped.has(service));
}

function dependents(claim: Claim, claims: readonly Claim[]): number {
  return withDependents(claim.service, claims).length;
}

function withDependents(service: string, claims: readonly Claim[]): readonly string[] {
  const names = new Set([service]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const claim of claims) {
      if (names.has(claim.service) || !claim.requires.some((name) => names.has(name))) continue;
      names.add(claim.service);
      grew = true;
    }
  }
  return [...names];
}
