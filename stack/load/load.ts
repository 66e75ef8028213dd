/** The load that a run asks for, in place of what its scenarios say themselves. */
import type { Scenario } from "../core/service/scenario.ts";
import { METHOD, OPEN_METHOD } from "../core/results/measurement.ts";

export interface Load {
  /** Requests a second of every scenario: an open loop. */
  readonly ratePerS?: number;
  /** Clients of every scenario: in an open loop, its connections. */
  readonly clients?: number;
  /** Threads that share the clients of a scenario that lets itself be shared out. */
  readonly threads?: number;
}

/** The scenarios as they are: what baselines and the history hold. */
export function isUsual({ ratePerS, clients, threads }: Load): boolean {
  return ratePerS === undefined && clients === undefined && threads === undefined;
}

/** The scenario under this load. */
export function underLoad(scenario: Scenario, { clients }: Load): Scenario {
  return clients === undefined ? scenario : { ...scenario, clients };
}

/** Threads that measure this scenario: never more than it allows, or than it has clients. */
export function threadsOf({ threads = 1, clients }: Scenario, load: Load): number {
  return Math.min(load.threads ?? 1, threads, clients);
}

/** What the fingerprint says of how it is measured: figures of the two loops are never compared. */
export function methodOf({ ratePerS }: Load): string {
  return ratePerS === undefined ? METHOD : OPEN_METHOD;
}
