/** What scenarios of different services lose alike: beside others it is the machine's doing. Pure. */
import { median } from "simple-statistics";
import { shrunk } from "../controls/shift.ts";
import type { Comparison, Effect, Metric } from "../../core/results/verdict.ts";
import { against, intervalOf, pBelow } from "../stats/effect.ts";
import type { Evidence, Line } from "./evidence.ts";

/**
 * Of these the other controls leave most beside others: caches and memory that are shared, and a client that waits for a
 * cpu, cost all services alike. Beside a disk writer that took a tenth of two cpus, a read took 13 to 24 % more cpu in
 * every service.
 */
const COMMON: ReadonlySet<Metric> = new Set(["cpu per operation", "p5 latency"]);
/** The middle of fewer is one scenario's own noise, or one service's fault. */
const PEERS_MINIMUM = 3;
/** Standard deviation of a normal distribution per median absolute deviation. */
const PER_DEVIATION = 1.4826;
/** Variance of a median, in variances of a mean. */
const OF_MEDIAN = Math.PI / 2;

/**
 * Excuses from each scenario's loss what the middle one of the scenarios loses that have no service in common with it. A
 * fault of one service leaves that middle where it is, and a busy machine moves it. The error is how much these scenarios
 * differ, beyond their own errors. A gain of theirs is no reason to expect one. For a machine that is not as at the
 * baseline: where it is, what all services lose is a finding.
 */
export function withExcuses(all: readonly Evidence[]): readonly Evidence[] {
  return all.map((evidence) => {
    const peers = all.filter(({ now }) => !now.services.some((service) => evidence.now.services.includes(service)));
    const lines = evidence.lines.map((line) => withoutLossOf(line, peers, evidence.tail));
    return { ...evidence, lines };
  });
}

function withoutLossOf(line: Line, peers: readonly Evidence[], tail: number): Line {
  const { metric } = line.comparison;
  if (!COMMON.has(metric)) return line;
  const effects = peers.flatMap(({ lines }) =>
    lines.filter(({ comparison }) => comparison.metric === metric).map(({ comparison }) => measured(comparison)),
  );
  if (effects.length < PEERS_MINIMUM) return line;
  const middle = median(effects.map(({ estimate }) => estimate));
  const spread = PER_DEVIATION * median(effects.map(({ estimate }) => Math.abs(estimate - middle)));
  const own = effects.reduce((total, { standardError }) => total + standardError ** 2, 0) / effects.length;
  const ofMiddle = spread * Math.sqrt(OF_MEDIAN / effects.length);
  const lost = shrunk(Math.max(0, -middle), ofMiddle);
  if (lost.value === 0) return line;
  const between = Math.sqrt(Math.max(0, spread ** 2 - own));
  return { ...line, excused: expecting(line.comparison, lost.value, Math.hypot(lost.error, between), tail) };
}

/**
 * The effect with the error of its blocks alone. What the controls may explain too much or too little they explain of
 * these scenarios alike, so that it is in their middle and in how much they differ.
 */
function measured({ effect, prediction }: Comparison): Effect {
  const variance = effect.standardError ** 2 - prediction.error ** 2;
  return { ...effect, standardError: Math.sqrt(Math.max(0, variance)) };
}

function expecting(comparison: Comparison, shift: number, error: number, tail: number): Comparison {
  const { margin, metric, prediction } = comparison;
  const effect = against(measured(comparison), { shift, error });
  return {
    ...comparison,
    effect,
    interval: intervalOf(effect, tail),
    prediction: {
      shift: prediction.shift + shift,
      error,
      changes: [...prediction.changes, { what: `${metric} of other services`, logRatio: shift, error }],
    },
    p: pBelow(effect, -margin),
  };
}
