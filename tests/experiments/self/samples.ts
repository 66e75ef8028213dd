/** Interleaved measurements: every round runs each side once, so that other load affects all of them. */
import { medianOf } from "../../../stack/judge/stats/median.ts";

export interface Side<Sample> {
  readonly name: string;
  /** Rounds that it takes part in; absent for all. */
  readonly rounds?: number;
  readonly run: () => Promise<Sample>;
}

export interface Samples<Sample> {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** Each round begins with another side, so that no side always runs after the same one. */
export async function interleave<Sample>(
  sides: readonly Side<Sample>[],
  rounds: number,
  before: (side: string, round: number) => void | Promise<void> = () => {},
): Promise<readonly Samples<Sample>[]> {
  const taken = sides.map(({ name }) => ({ name, samples: new Array<Sample>() }));
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < sides.length; turn += 1) {
      const index = (round + turn) % sides.length;
      const side = sides[index];
      if (!side || round >= (side.rounds ?? rounds)) continue;
      await before(side.name, round);
      taken[index]?.samples.push(await side.run());
    }
  }
  return taken;
}

export interface Summary {
  readonly n: number;
  readonly medianMs: number;
  readonly minimumMs: number;
  readonly maximumMs: number;
}

/** Returns milliseconds, to a tenth; undefined if nothing was measured. */
export function summarise(durationsMs: readonly number[]): Summary | undefined {
  if (durationsMs.length === 0) return undefined;
  return {
    n: durationsMs.length,
    medianMs: tenth(medianOf(durationsMs).median),
    minimumMs: tenth(Math.min(...durationsMs)),
    maximumMs: tenth(Math.max(...durationsMs)),
  };
}

/** Returns how many times as long it takes; to a hundredth. */
export function ratio(of: Summary | undefined, to: Summary | undefined): number | undefined {
  return of && to && to.medianMs > 0 ? Math.round((of.medianMs / to.medianMs) * 100) / 100 : undefined;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
