/** How much a clean stack's figures vary from run to run: as measured, and as the judge sees them. Pure. */
import { mean } from "simple-statistics";
import { groupsBy } from "./groups.ts";
import type { Judged, Sample } from "../samples.ts";

/** Standard deviations between runs on the log scale: 0.1 is about 10 %. Undefined with fewer than two runs. */
export interface SpreadRow {
  readonly scenario: string;
  readonly runs: number;
  /** ln(throughput), without controls. */
  readonly throughput: number | undefined;
  /** What is left of it after controls: the comparison's effect. */
  readonly residual: number | undefined;
  /** ln(cpu per operation), and what is left of it. */
  readonly cpu: number | undefined;
  readonly cpuResidual: number | undefined;
}

/** Returns a row for each scenario. */
export function spreads(samples: readonly Sample[]): readonly SpreadRow[] {
  const names = [...new Set(samples.flatMap(({ scenarios }) => Object.keys(scenarios)))];
  return names.map((scenario) => {
    const deviation = (read: (judged: Judged) => number | undefined) =>
      pooledDeviation(
        samples.flatMap((sample) => {
          const judged = sample.scenarios[scenario];
          const value = judged && read(judged);
          return value === undefined ? [] : [{ group: sample.slice, value }];
        }),
      );
    return {
      scenario,
      runs: samples.filter(({ scenarios }) => scenarios[scenario]?.throughput !== undefined).length,
      throughput: deviation(({ throughput }) => throughput && Math.log(throughput)),
      residual: deviation(({ comparisons }) => comparisons["throughput"]?.estimate),
      cpu: deviation(({ cpuUs }) => cpuUs && Math.log(cpuUs)),
      cpuResidual: deviation(({ comparisons }) => comparisons["cpu per operation"]?.estimate),
    };
  });
}

/** Each start of the experiment has its own stack and baseline, so values vary around the mean of their own start. */
function pooledDeviation(values: readonly { readonly group: string; readonly value: number }[]): number | undefined {
  const groups = groupsBy(values, ({ group }) => group).map((members) => members.map(({ value }) => value));
  const df = values.length - groups.length;
  if (df < 1) return undefined;
  const squares = groups.map((members) => {
    const centre = mean(members);
    return members.reduce((total, value) => total + (value - centre) ** 2, 0);
  });
  return Math.sqrt(squares.reduce((total, each) => total + each, 0) / df);
}
