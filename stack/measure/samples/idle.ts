/** Sums what each container used while no scenario of its service ran. */
import { threadUse, type Counters } from "../../core/machine/counters.ts";
import type { IdleUse } from "../../core/results/work.ts";

/** Less is too short for the machine's clock, which has hundredths of a second. */
const MINIMUM_S = 0.5;

interface Total {
  seconds: number;
  cpuS: number;
  /** Undefined once it was unknown for a part of the time. */
  waitedS: number | undefined;
}

/**
 * A container is idle from `begin` to `end`. In between, it may be read at any time: what ends after an interval's last
 * thread reading is known in more detail then.
 */
export class IdleTimes {
  readonly #from = new Map<string, Counters>();
  readonly #totals = new Map<string, Total>();

  isIdle(instance: string): boolean {
    return this.#from.has(instance);
  }

  begin(instance: string, now: Counters): void {
    this.end(instance, now);
    this.#from.set(instance, now);
  }

  /** Without a reading, what the container used since `begin` is left out. */
  end(instance: string, now?: Counters): void {
    const from = this.#from.get(instance);
    this.#from.delete(instance);
    if (!from || !now || now.atS <= from.atS || now.cpuS < from.cpuS) return;
    const total = this.#totals.get(instance) ?? { seconds: 0, cpuS: 0, waitedS: 0 };
    const waitedS = threadUse(from, now)?.waitedS;
    total.seconds += now.atS - from.atS;
    total.cpuS += now.cpuS - from.cpuS;
    total.waitedS = waitedS === undefined || total.waitedS === undefined ? undefined : total.waitedS + waitedS;
    this.#totals.set(instance, total);
  }

  /** Returns undefined if a scenario of its service nearly always ran. */
  of(instance: string): IdleUse | undefined {
    const { seconds, cpuS, waitedS } = this.#totals.get(instance) ?? { seconds: 0, cpuS: 0, waitedS: undefined };
    if (seconds < MINIMUM_S) return undefined;
    const cores = (used: number) => Math.round((used / seconds) * 1e4) / 1e4;
    return { cpuCores: cores(cpuS), ...(waitedS !== undefined && { wantedCores: cores(cpuS + waitedS) }) };
  }
}
