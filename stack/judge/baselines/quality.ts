/** How useful a baseline is, for people. Pure. */
import type { RecordedBaseline } from "../../core/results/baseline.ts";
import type { BaselineQuality, Noise } from "../../core/results/baseline-quality.ts";
import { noiseOfRuns } from "./noise.ts";
import { disturbedRuns, usable } from "./usable.ts";
import { widthsOf } from "./width.ts";

/** Returns a word for the noise of the runs that count; undefined if no scenario can be judged. */
export function noiseWord(baseline: RecordedBaseline): Noise | undefined {
  return noiseOfRuns(usable(baseline).baseline);
}

/** Runs are counted from 1, by their place in the file. */
export function qualityOf(baseline: RecordedBaseline): BaselineQuality {
  const used = usable(baseline).baseline;
  const places = baseline.runs.flatMap((run, index) => (used.runs.includes(run) ? [index + 1] : []));
  const noise = noiseWord(baseline);
  return {
    ...(noise === undefined ? {} : { noise }),
    widths: widthsOf(used).map(({ widest, ...width }) => ({
      ...width,
      ...(widest ? { widest: { ...widest, run: places[widest.run] ?? widest.run + 1 } } : {}),
    })),
    disturbed: disturbedRuns(baseline).map(({ run, why }) => ({ run: run + 1, why })),
    leftOut: used.runs.length < baseline.runs.length,
  };
}
