/** The options of a run of the smoke benchmarks. */
import type { Report } from "../core/progress.ts";
import type { SmokeRun } from "../core/results/measurement.ts";
import type { Outlook } from "../core/results/outlook.ts";
import type { Scenario } from "../core/service/scenario.ts";
import type { StackFacts } from "../judge/fingerprint.ts";
import type { Load } from "../load/load.ts";
import type { LoadThreads } from "../load/threads.ts";
import type { Volume } from "./calibration/calibration.ts";
import type { Inside } from "./calibration/inside.ts";
import type { Sampler } from "./samples/sampling.ts";
import type { NamedBench } from "./tracks.ts";

export interface SmokeOptions {
  readonly benches: readonly NamedBench[];
  readonly facts: StackFacts;
  readonly profile: string;
  /** Seconds for everything: set-up, calibration, blocks, teardown. */
  readonly budgetS: number;
  /** Seconds for everything, as long as `undecided` names scenarios; at least `budgetS`, which it is by default. */
  readonly untilDecidedS?: number;
  /** Loss that is still `meets`, as a fraction. */
  readonly margin: number;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Also measures with the servers' own load tools, in their containers. */
  readonly loadTools?: boolean;
  /** Selects the scenarios; absent for the smoke set. */
  readonly select?: (scenario: Scenario) => boolean;
  /** Replaces the load that the scenarios specify. */
  readonly load?: Load;
  /** Threads for the load, in addition to this one. */
  readonly threads?: LoadThreads;
  /** Receives the partial result after every block. */
  readonly onResult?: (partial: SmokeRun) => void | Promise<void>;
  /**
   * Called at each planned look; returns the scenarios that more blocks may decide. If absent, the first look is the
   * last.
   */
  readonly undecided?: (partial: SmokeRun) => readonly string[];
  /** Offers to go on when the budget has ended with undecided scenarios. If absent, the run ends there. */
  readonly extension?: Extension;
  /** A container of the stack, to measure the machine from inside. */
  readonly inside?: Inside;
  /** Containers of the stack with a data volume, one a service. */
  readonly volumes?: readonly Volume[];
  /** Measure the machine at length, for a baseline, instead of within a share of the budget. */
  readonly thoroughProbes?: boolean;
  /** Samples the containers' usage meanwhile. */
  readonly sampler?: Sampler;
}

export interface Extension {
  /** Returns what more time would bring. */
  readonly outlook: (partial: SmokeRun) => Outlook;
  /**
   * Asks whether to measure on, `atMostS` seconds at most. Called once in a run, and only if more time would decide
   * something. The time until the answer is not part of the run.
   */
  readonly ask: (outlook: Outlook, atMostS: number) => Promise<boolean>;
}
