/** Measures runs for a baseline, and repeats those that turned out disturbed. */
import type { Report } from "../core/progress.ts";
import type { Measured } from "../core/results/commands/bench.ts";
import { disturbanceOf } from "../judge/baselines/disturbance.ts";

/** Of one command: on a machine that does not become quiet, every repetition is disturbed too. */
const REPEATS_MAXIMUM = 2;

export interface Undisturbed {
  /** Number of runs to keep. */
  readonly runs: number;
  /** Absent if disturbed runs are kept as they are. */
  readonly repeat?: {
    /** Waits for a quiet moment; resolves false if there is none. */
    readonly quiet: () => Promise<boolean>;
    readonly report: Report;
  };
}

/** Resolves the runs, in their order. Ends early if no run is complete, since later ones will not be either. */
export async function measureUndisturbed(
  measure: () => Promise<Measured>,
  { runs, repeat }: Undisturbed,
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  while (measured.length < runs) {
    measured.push(await measure());
    if (measured.every(({ run }) => !run.complete)) return measured;
  }
  if (!repeat) return measured;
  for (let repeats = 1; repeats <= REPEATS_MAXIMUM; repeats += 1) {
    const place = measured.findIndex(({ run }) => whyDisturbed({ run }) !== undefined);
    const disturbed = measured[place];
    if (!disturbed || !(await repeat.quiet())) break;
    const text = `run ${place + 1} is measured again, repetition ${repeats} of at most ${REPEATS_MAXIMUM}: ${whyDisturbed(disturbed)}`;
    repeat.report({ kind: "note", text });
    const again = await measure();
    if (again.run.complete && whyDisturbed(again) === undefined) measured[place] = again;
  }
  return measured;
}

/** Incomplete runs are left out of a baseline anyway. */
function whyDisturbed({ run }: Pick<Measured, "run">): string | undefined {
  return run.complete ? disturbanceOf(run) : undefined;
}
