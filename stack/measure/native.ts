/** The second vantage point: the servers' own load tools in their containers, in turn with the blocks from the host. */
import { performance } from "node:perf_hooks";
import { messageOf } from "../core/errors.ts";
import type { NativeResult } from "../core/service/scenario.ts";
import { withDeadline } from "../host/deadline.ts";
import type { NativeOutcome } from "../core/results/measurement.ts";
import { samplesNeeded } from "../judge/stats/quantiles.ts";
import type { Track } from "./tracks.ts";

/** As many blocks have a run after them, so that both vantage points see the same moods of the machine. */
const RUNS = 3;
/** The shortest that pgbench knows. */
const RUN_S = 1;
/** With starting a command in a container, its connections and its last answers. */
const RUN_WITH_START_S = 1.7;
/** Of the whole budget; the blocks from the host are what verdicts are made of. */
const SHARE = 0.4;
/** A tool has deadlines of its own; this one is for an engine that does not answer. */
const DEADLINE_MS = 30_000;

export interface NativeControls {
  readonly budgetS: number;
  readonly signal: AbortSignal;
}

/** Seconds that the tools of so many scenarios take in all. */
export function nativeSeconds(scenarios: number): number {
  return scenarios * RUNS * RUN_WITH_START_S;
}

/** Runs the tools of those tracks that have one. */
export class NativeRuns {
  /** Seconds of the budget that are not for blocks. */
  readonly reservedS: number;
  /** Why none is planned. */
  readonly shortfall: string | undefined;
  readonly #runs: number;
  readonly #signal: AbortSignal;
  /** Of each track whose tool has not failed. */
  readonly #results: Map<Track, readonly NativeResult[]>;

  constructor(tracks: readonly Track[], { budgetS, signal }: NativeControls) {
    this.#results = new Map(tracks.filter(({ scenario }) => scenario.native).map((track) => [track, []]));
    this.#signal = signal;
    const roundS = this.#results.size * RUN_WITH_START_S;
    this.#runs = roundS === 0 ? 0 : Math.min(RUNS, Math.floor((budgetS * SHARE) / roundS));
    this.reservedS = roundS * this.#runs;
    this.shortfall =
      this.#runs > 0 || roundS === 0
        ? undefined
        : `${budgetS} s are too short for the servers' own tools as well, so these are left out; ` +
          `give ${Math.ceil(roundS / SHARE)} s or more`;
  }

  /** How long the tools of these tracks will take after a block. */
  expectedMs(tracks: readonly Track[], block: number): number {
    return tracks.filter((track) => this.#isDue(track, block)).length * RUN_WITH_START_S * 1000;
  }

  /** Runs what is due after a block of a track, and answers how long that took. Rejects only when aborted. */
  async after(track: Track, block: number): Promise<number> {
    const { native, clients } = track.scenario;
    if (!native || !this.#isDue(track, block)) return 0;
    const before = performance.now();
    try {
      const running = native.run({ clients, durationS: RUN_S, signal: this.#signal });
      const result = await withDeadline(running, DEADLINE_MS, `${native.tool} did not end`, this.#signal);
      const runs = [...(this.#results.get(track) ?? []), result];
      this.#results.set(track, runs);
      track.setNative({ status: "measured", tool: native.tool, runs: runs.map(figuresOf) });
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#results.delete(track);
      track.setNative({ status: "absent", tool: native.tool, reason: messageOf(error) });
    }
    return performance.now() - before;
  }

  #isDue(track: Track, block: number): boolean {
    return !track.failed && this.#results.has(track) && block >= 0 && block < this.#runs;
  }
}

type Figures = Extract<NativeOutcome, { readonly status: "measured" }>["runs"][number];

/** Without a percentile that so few operations cannot bound. */
function figuresOf({ throughput, operations, meanMs, p95Ms }: NativeResult): Figures {
  const isBounded = p95Ms !== undefined && operations >= samplesNeeded(0.95);
  return { throughput, operations, meanMs, ...(isBounded && { p95Ms }) };
}
