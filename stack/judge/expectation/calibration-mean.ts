/** One calibration for several runs, for comparing their blocks together. Pure. */
import { mean, sampleVariance } from "simple-statistics";
import type { Calibration } from "../../core/results/calibration.ts";

/** The figures that a prediction uses. */
const FIGURES = ["cpuMs", "loopbackRttMs", "syncWriteMs", "insideCpuStepsPerS", "allCpusStepsPerS"] as const;

/**
 * Geometric means over the runs. The error of a mean is the larger of two: what the runs' own errors give, and what the
 * differences between runs give. Figures that a run lacks are left out. Returns undefined if a run has no calibration.
 */
export function meanCalibration(all: readonly (Calibration | undefined)[]): Calibration | undefined {
  const [first, ...others] = all;
  if (first === undefined || others.length === 0) return first;
  const runs = all.flatMap((run) => run ?? []);
  if (runs.length < all.length) return undefined;
  const errors: Record<string, number> = {};
  const average = (name: string, read: (run: Calibration) => number | undefined): number | undefined => {
    const logs = runs.flatMap((run) => Math.log(read(run) ?? 0)).filter(Number.isFinite);
    if (logs.length < runs.length) return undefined;
    const own = runs.map((run) => run.errors?.[name] ?? 0);
    errors[name] = Math.max(Math.hypot(...own) / runs.length, Math.sqrt(sampleVariance(logs) / runs.length));
    return Math.exp(mean(logs));
  };
  const figures = FIGURES.map((name) => [name, average(name, (run) => run[name])] as const);
  const services = Object.keys(first.publishedRttMs ?? {});
  const trips = services.map(
    (service) => [service, average(`publishedRttMs.${service}`, (run) => run.publishedRttMs?.[service])] as const,
  );
  const { cpuMs, loaderCeiling, inside } = first;
  return {
    cpuMs,
    ...Object.fromEntries(known(figures)),
    publishedRttMs: Object.fromEntries(known(trips)),
    loaderCeiling,
    ...(inside !== undefined && runs.every((run) => run.inside === inside) && { inside }),
    errors,
    notes: [],
  };
}

function known(pairs: readonly (readonly [string, number | undefined])[]): readonly (readonly [string, number])[] {
  return pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}
