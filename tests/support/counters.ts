/** Counters of a container that has done nothing, with what a test changes. */
import type { Counters } from "../../stack/core/machine/counters.ts";
import { bytes, MIB } from "../../stack/core/units.ts";

export function countersAt(atS: number, change: Partial<Counters> = {}): Counters {
  return {
    atS,
    cpuS: 0,
    periods: 0,
    throttledPeriods: 0,
    throttledS: 0,
    memory: bytes(10 * MIB),
    limitHits: 0,
    oomKills: 0,
    pagesReread: 0,
    machine: { bootId: "a", cpuS: 0, stealS: 0 },
    ...change,
  };
}
