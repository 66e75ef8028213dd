/**
 * Chooses the container in which the machine is measured. Another container gives other figures, so the choice must be
 * stable.
 */

export interface Place {
  readonly service: string;
  /** True if one of its scenarios waits until its write is on the disk: `effect` of `Scenario`. */
  readonly writesDurably: boolean;
}

/**
 * Chooses among the running services with a data volume. Services that write durably come first, because the synced
 * writes of the calibration are compared with theirs; then the registry's order decides. The measured services and the
 * order of the profile do not matter. Returns undefined without a candidate.
 */
export function choosePlace<Candidate extends Place>(
  candidates: readonly Candidate[],
  registered: readonly string[],
): Candidate | undefined {
  const rank = ({ service, writesDurably }: Place) =>
    (writesDurably ? 0 : registered.length) + registered.indexOf(service);
  return candidates.toSorted((a, b) => rank(a) - rank(b))[0];
}
