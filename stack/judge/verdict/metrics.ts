/** The metrics that are compared, each as a score per block: on the log scale, higher is better. */
import type { Controls, Coefficient } from "../../core/results/baseline.ts";
import type { Metric } from "../../core/results/verdict.ts";
import type { Block } from "../../core/results/measurement.ts";
import { logMargin } from "../stats/effect.ts";
import { READING_NOISE } from "../controls/assumptions.ts";
import { clientCpuOf, otherCoresOf } from "../controls/readings.ts";

/** One metric: how a block shows it, and what is known of it beforehand. */
export interface Measure {
  readonly metric: Metric;
  /** The figure for people. */
  readonly read: (block: Block) => number | undefined;
  /** How a figure becomes a score. */
  readonly score: (value: number) => number;
  /** Rare events are shown by their mean, because the median of a handful may be 0 in both runs. */
  readonly shownBy: "median" | "mean";
  /** The blocks of a run that count. */
  readonly blocks: "all" | "better half";
  /** Standard deviation of a run's score, assumed for a machine that was measured once; more runs outweigh it. */
  readonly variation: number;
  /** The least margin beside others, on the log scale: what they change and no control explains. */
  readonly besideOthers: number;
  /** What the expectation follows, from the baseline to this run. */
  readonly follows: "machine" | "waits" | "client" | "nothing";
  /** Changes from block to block together with the score. */
  readonly control?: Control;
}

interface Control {
  readonly read: (block: Block) => number | undefined;
  /** ln(score) per unit of the reading. */
  readonly coefficient: (controls: Controls) => Coefficient;
  /** Standard deviation of one reading. */
  readonly noise: number;
}

const better = (value: number): number => Math.log(value);
const worse = (value: number): number => -Math.log(value);

export const THROUGHPUT: Measure = {
  metric: "throughput",
  read: ({ throughput }) => throughput,
  score: better,
  shownBy: "median",
  blocks: "all",
  variation: 0.05,
  besideOthers: 0,
  follows: "machine",
  control: {
    read: otherCoresOf,
    coefficient: ({ otherCores }) => otherCores,
    noise: READING_NOISE.otherCores,
  },
};

const P95: Measure = {
  metric: "p95 latency",
  read: ({ p95Ms }) => p95Ms,
  score: worse,
  shownBy: "median",
  blocks: "all",
  variation: 0.05,
  besideOthers: 0,
  follows: "machine",
};

/**
 * Throughput, which in a closed loop also gives the mean latency (X = N / L̄), and p95, the tail that a mean can hide.
 * p50 is shown but not tested: it adds nothing to these two, and each further test costs power.
 */
export const TIME: readonly Measure[] = [THROUGHPUT, P95];

/**
 * Cpu of the servers per operation, beside the client's, which does the same in every run. Beside a busy core, a
 * compiler or a disk writer, three of four scenarios stayed within 20 % of the baseline (two cpus).
 */
const CPU: Measure = {
  metric: "cpu per operation",
  read: ({ work }) => (work && work.serverCpuUs > 0 ? work.serverCpuUs : undefined),
  score: worse,
  shownBy: "median",
  blocks: "better half",
  variation: 0.03,
  besideOthers: logMargin(0.25),
  follows: "client",
  control: {
    read: clientCpuOf,
    coefficient: ({ clientCpu: { value, error } }) => ({ value: -value, error }),
    noise: READING_NOISE.clientCpu,
  },
};

/** Caps a share of time: one close to 1 would be an unlimited loss. */
const SHARE_MAXIMUM = 0.98;

/** The share of time in which the cpu limit stopped the containers, as the loss of speed that it explains. */
const HELD_BACK: Measure = {
  metric: "time held back",
  read: ({ machine }) => machine?.heldBack,
  score: (share) => Math.log1p(-Math.min(share, SHARE_MAXIMUM)),
  shownBy: "mean",
  blocks: "all",
  variation: 0.02,
  besideOthers: 0,
  follows: "nothing",
};

/**
 * Beside others the client waits for a cpu itself, and p5 rose by up to two thirds on a sound stack. What it is for, a
 * wait that costs no cpu, shows in the shortest latencies many times as large, so twice as long is the least that counts.
 */
const P5: Measure = {
  metric: "p5 latency",
  read: ({ p5Ms }) => p5Ms,
  score: worse,
  shownBy: "median",
  blocks: "better half",
  variation: 0.1,
  besideOthers: logMargin(0.5),
  follows: "waits",
};

/** What tells a change of the stack from a busy machine. */
export const WORK: readonly Measure[] = [CPU, HELD_BACK, P5];
