/** What a run measures, and how it divides its time: planned before the run, and fitted after the warm-up. */
import { underLoad, type Load } from "../load/load.ts";
import { choose, byPriority, type Choosable } from "./choice.ts";
import { fitting, neededMs, scenariosIn, secondsFor, splitBlocks, splitTime, type TimePlan } from "./schedule.ts";
import type { SmokeOptions } from "./smoke-options.ts";
import { Track } from "./tracks.ts";

export interface RunPlan {
  /** In the order in which the services declare them. */
  readonly tracks: readonly Track[];
  readonly time: TimePlan;
  /** What was left out for time. */
  readonly warnings: readonly string[];
}

/** Returns the scenarios that were asked for: the smoke set unless `select` says otherwise. */
export function tracksOf(
  { benches, select = ({ smoke }) => smoke }: Pick<SmokeOptions, "benches" | "select">,
  load: Load,
): readonly Track[] {
  return benches.flatMap((bench) =>
    bench.bench.scenarios.filter(select).map((scenario) => new Track(underLoad(scenario, load), bench, load)),
  );
}

/** Returns the scenarios that the budget holds, every service with one at least. */
export function chosenFor(tracks: readonly Track[], budgetS: number): readonly Track[] {
  return withChoice(tracks, scenariosIn(budgetS, { services: servicesOf(tracks), scenarios: tracks.length }));
}

/**
 * Plans the blocks of the chosen scenarios in `blocksS`, which is the budget without probes and load tools. `all` are
 * the scenarios that were asked for.
 */
export function planRun(tracks: readonly Track[], blocksS: number, all: readonly Track[]): RunPlan {
  const time = splitTime(blocksS, { services: servicesOf(tracks), scenarios: Math.max(1, tracks.length) });
  return {
    tracks,
    time,
    warnings: leftOut(all, tracks, () => {
      const neededS = secondsFor({ services: servicesOf(all), scenarios: all.length });
      return `${Math.round(blocksS)} s hold ${tracks.length} of ${all.length} scenarios, ${neededS} s would hold all`;
    }),
  };
}

/**
 * Fits the blocks into `leftMs`, now that the overhead of each scenario's block is known. Nothing has counted yet, so
 * the looks may change too. Scenarios that cannot have six blocks are left out by priority, but one of every service
 * stays; if these do not fit, the run ends early, and says how many seconds would do.
 */
export function fitRun(plan: RunPlan, leftMs: number, overheadMs: (track: Track) => number): RunPlan {
  if (plan.time.shortfall !== undefined) return plan;
  const [failed, running] = [plan.tracks.filter((track) => track.failed), plan.tracks.filter((track) => !track.failed)];
  if (running.length === 0) return plan;
  const ordered = byPriority(running.map(choosable)).map(({ track }) => overheadMs(track));
  const kept = withChoice(running, fitting(leftMs, ordered));
  const overheadsMs = kept.reduce((sum, track) => sum + overheadMs(track), 0);
  return {
    tracks: plan.tracks.filter((track) => failed.includes(track) || kept.includes(track)),
    time: { ...plan.time, ...splitBlocks(leftMs, overheadsMs, kept.length) },
    warnings: leftOut(running, kept, () => {
      const moreS = Math.ceil((neededMs(running.map(overheadMs)) - leftMs) / 1000);
      return `as long as blocks take to connect here and now, all need ${moreS} s more`;
    }),
  };
}

function withChoice(tracks: readonly Track[], possible: number): readonly Track[] {
  return choose(tracks.map(choosable), possible).map(({ track }) => track);
}

function choosable(track: Track): Choosable & { readonly track: Track } {
  return { service: serviceOf(track), effect: track.scenario.effect, track };
}

/** Returns the service that the scenario is about; the others are behind it. */
export function serviceOf(track: Track): string {
  return track.services[0] ?? "";
}

function servicesOf(tracks: readonly Track[]): number {
  return new Set(tracks.map(serviceOf)).size;
}

function leftOut(all: readonly Track[], kept: readonly Track[], why: () => string): readonly string[] {
  const names = all.filter((track) => !kept.includes(track)).map(({ scenario }) => scenario.name);
  return names.length === 0 ? [] : [`left out for time: ${names.join(", ")}; ${why()}`];
}
