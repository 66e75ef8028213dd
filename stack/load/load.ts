/** The load of a run: replaces what the scenarios themselves say. */
import type { Scenario } from "../core/service/scenario.ts";
import { METHOD, OPEN_METHOD } from "../core/results/measurement.ts";

export interface Load {
  /** Requests a second, for every scenario: makes it an open loop. */
  readonly ratePerS?: number;
  /** Clients of every scenario; in an open loop, its connections. */
  readonly clients?: number;
  /** Threads that share a scenario's clients, for scenarios that allow it. */
  readonly threads?: number;
}

/** True if the scenarios are measured unchanged; only such runs go into baselines and the history. */
export function isUsual({ ratePerS, clients, threads }: Load): boolean {
  return ratePerS === undefined && clients === undefined && threads === undefined;
}

/** Returns the scenario with this load. */
export function underLoad(scenario: Scenario, { clients }: Load): Scenario {
  return clients === undefined ? scenario : { ...scenario, clients };
}

/** Returns the number of threads that measure this scenario: at most what it allows, and at most one per client. */
export function threadsOf({ threads = 1, clients }: Scenario, load: Load): number {
  return Math.min(load.threads ?? 1, threads, clients);
}

/** Returns the method for the fingerprint: figures of open and closed loops are never compared. */
export function methodOf({ ratePerS }: Load): string {
  return ratePerS === undefined ? METHOD : OPEN_METHOD;
}
