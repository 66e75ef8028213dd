/** The warm-up of a run: load on every service before anything counts. */
import { setTimeout as sleep } from "node:timers/promises";
import { serviceOf } from "./run-plan.ts";
import type { Sampler } from "./samples/sampling.ts";
import type { Track } from "./tracks.ts";

/** Until it is measured: as in `splitTime`. */
const OVERHEAD_MS = 30;

/**
 * The load of the second part, in which every scenario has a block of its own to find out how long a block takes beside
 * its load.
 */
export const TRIAL_MS = 20;

/** Remembers how long each service was under load, and how long the blocks of its scenarios take beside their load. */
export class WarmUp {
  readonly #spentMs = new Map<string, number>();
  readonly #overheadMs = new Map<Track, number>();

  addLoad(service: string, loadMs: number): void {
    this.#spentMs.set(service, (this.#spentMs.get(service) ?? 0) + loadMs);
  }

  /** `tookMs`: a whole block with connecting, counters and closing. Of several trials the shortest counts. */
  addTrial(track: Track, tookMs: number): void {
    this.addLoad(serviceOf(track), TRIAL_MS);
    const known = this.#overheadMs.get(track) ?? Infinity;
    this.#overheadMs.set(track, Math.max(0, Math.min(known, tookMs - TRIAL_MS)));
  }

  /** Milliseconds of load until now, by service. */
  get spentMs(): Record<string, number> {
    return Object.fromEntries(this.#spentMs);
  }

  /** Milliseconds that one block of the scenario takes beside its load. */
  overheadMs(track: Track): number {
    return this.#overheadMs.get(track) ?? OVERHEAD_MS;
  }
}

/** Returns the tracks that still run, by service. */
export function byService(tracks: readonly Track[]): ReadonlyMap<string, readonly Track[]> {
  const running = tracks.filter((track) => !track.failed);
  const services = [...new Set(running.map(serviceOf))];
  return new Map(services.map((service) => [service, running.filter((track) => serviceOf(track) === service)]));
}

/** Longer than the least that tells what an idle container uses. */
const REST_MS = 600;

/**
 * Leaves the containers alone for a moment if all scenarios use one service: otherwise its containers rest while
 * scenarios of others run, and what they use then shows a load of their own.
 */
export async function restOf(tracks: readonly Track[], sampler: Sampler | undefined, signal: AbortSignal) {
  const [first] = tracks;
  const isUsedByAll = (service: string) => tracks.every(({ services }) => services.includes(service));
  if (!sampler || !first?.services.some(isUsedByAll)) return;
  await sampler.round();
  await sleep(REST_MS, undefined, { signal });
}
