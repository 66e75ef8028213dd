/**
 * The second vantage point: runs the servers' own load tools in their containers, alternating with the blocks from the
 * host.
 */
import { performance } from "node:perf_hooks";
import { messageOf } from "../core/errors.ts";
import type { LoadToolResult } from "../core/service/scenario.ts";
import { withDeadline } from "../host/deadline.ts";
import type { LoadToolOutcome } from "../core/results/measurement.ts";
import { samplesNeeded } from "../judge/stats/quantiles.ts";
import type { Track } from "./tracks.ts";

/** Each of the first blocks is followed by one run, so that both vantage points meet the same state of the machine. */
const RUNS = 3;
/** The shortest run that pgbench allows. */
const RUN_S = 1;
/** A run with starting a command in a container, its connections and its last answers. */
const RUN_WITH_START_S = 1.7;
/** Share of the whole budget; verdicts need the blocks from the host. */
const SHARE = 0.4;
/** A tool has its own deadlines; this one is for an engine that does not answer. */
const DEADLINE_MS = 30_000;

export interface LoadToolControls {
  readonly budgetS: number;
  readonly signal: AbortSignal;
}

/** Returns the seconds that the tools of this many scenarios take in all. */
export function loadToolSeconds(scenarios: number): number {
  return scenarios * RUNS * RUN_WITH_START_S;
}

/** Runs the load tools of the tracks that have one. */
export class LoadToolRuns {
  /** Seconds of the budget that are not available for blocks. */
  readonly reservedS: number;
  /** Why no run is planned. */
  readonly shortfall: string | undefined;
  readonly #runs: number;
  readonly #signal: AbortSignal;
  /** The results of each track whose tool has not failed. */
  readonly #results: Map<Track, readonly LoadToolResult[]>;

  constructor(tracks: readonly Track[], { budgetS, signal }: LoadToolControls) {
    this.#results = new Map(tracks.filter(({ scenario }) => scenario.loadTool).map((track) => [track, []]));
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

  /** Returns how long the tools of these tracks will take after a block. */
  expectedMs(tracks: readonly Track[], block: number): number {
    return tracks.filter((track) => this.#isDue(track, block)).length * RUN_WITH_START_S * 1000;
  }

  /**
   * Runs the tool if it is due after this block, and resolves to the time it took in milliseconds. Rejects only when
   * aborted.
   */
  async after(track: Track, block: number): Promise<number> {
    const { loadTool, clients } = track.scenario;
    if (!loadTool || !this.#isDue(track, block)) return 0;
    const before = performance.now();
    try {
      const running = loadTool.run({ clients, durationS: RUN_S, signal: this.#signal });
      const result = await withDeadline(running, DEADLINE_MS, `${loadTool.tool} did not end`, this.#signal);
      const runs = [...(this.#results.get(track) ?? []), result];
      this.#results.set(track, runs);
      track.setLoadTool({ status: "measured", tool: loadTool.tool, runs: runs.map(figuresOf) });
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#results.delete(track);
      track.setLoadTool({ status: "absent", tool: loadTool.tool, reason: messageOf(error) });
    }
    return performance.now() - before;
  }

  #isDue(track: Track, block: number): boolean {
    return !track.failed && this.#results.has(track) && block >= 0 && block < this.#runs;
  }
}

type Figures = Extract<LoadToolOutcome, { readonly status: "measured" }>["runs"][number];

/** Leaves out a percentile that so few operations cannot bound. */
function figuresOf({ throughput, operations, meanMs, p95Ms }: LoadToolResult): Figures {
  const isBounded = p95Ms !== undefined && operations >= samplesNeeded(0.95);
  return { throughput, operations, meanMs, ...(isBounded && { p95Ms }) };
}
