/** What a fault truly takes, from all runs with it and all runs without it. The runs' verdicts play no part. Pure. */
import { median } from "simple-statistics";
import { lossOf } from "../../../../stack/judge/stats/effect.ts";
import type { Judged, Sample } from "../samples.ts";

export interface TrueEffect {
  readonly scenario: string;
  /** Loss of throughput as a fraction, negative for a gain; 1 if the scenario failed in most runs. */
  readonly throughput: number | undefined;
  /** The same for operations per cpu second of the server: 0.5 if an operation costs twice as much. */
  readonly cpu: number | undefined;
}

type Figure = (judged: Judged) => number | undefined;

const throughputOf: Figure = ({ throughput }) => throughput;
const operationsPerCpuOf: Figure = ({ cpuUs }) => (cpuUs === undefined ? undefined : 1 / cpuUs);

/** Returns the effect on every scenario; `clean` holds the runs without a fault, beside the same company. */
export function trueEffects(harmed: readonly Sample[], clean: readonly Sample[]): readonly TrueEffect[] {
  const names = [...new Set([...harmed, ...clean].flatMap(({ scenarios }) => Object.keys(scenarios)))];
  return names.map((scenario) => ({
    scenario,
    throughput: failedMostly(scenario, harmed) ? 1 : lossIn(scenario, throughputOf, harmed, clean),
    cpu: lossIn(scenario, operationsPerCpuOf, harmed, clean),
  }));
}

/** Returns the larger of both losses; undefined if neither is known. */
export function worstLoss({ throughput, cpu }: TrueEffect): number | undefined {
  const known = [throughput, cpu].flatMap((loss) => loss ?? []);
  return known.length === 0 ? undefined : Math.max(...known);
}

function failedMostly(scenario: string, samples: readonly Sample[]): boolean {
  const all = samples.flatMap(({ scenarios }) => scenarios[scenario] ?? []);
  return 2 * all.filter(({ verdict }) => verdict === "failed").length > all.length;
}

/** Compares medians. Each run counts relative to the clean ones of its own stack, for another stack may be faster. */
function lossIn(
  scenario: string,
  read: Figure,
  harmed: readonly Sample[],
  clean: readonly Sample[],
): number | undefined {
  const figures = (samples: readonly Sample[]) =>
    samples.flatMap((sample) => {
      const judged = sample.scenarios[scenario];
      const figure = judged && read(judged);
      return figure === undefined ? [] : [{ slice: sample.slice, log: Math.log(figure) }];
    });
  const without = figures(clean);
  const usual = (slice: string) => without.filter((each) => each.slice === slice).map(({ log }) => log);
  const relative = figures(harmed).flatMap(({ slice, log }) => {
    const logs = usual(slice);
    return logs.length === 0 ? [] : [log - median(logs)];
  });
  return relative.length === 0 ? undefined : lossOf(-median(relative));
}
