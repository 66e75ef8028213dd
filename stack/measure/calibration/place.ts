/** Where the machine's own figures are taken. Another container gives other figures, so the choice must not move. */

export interface Place {
  readonly service: string;
  /** Whether one of its scenarios waits until its write is on the disk: `effect` of `Scenario`. */
  readonly writesDurably: boolean;
}

/**
 * Chooses among the services that run and have a data volume: first those that write durably, which is what the synced
 * writes of the calibration are compared with, then by the registry's order. What is measured and in which order the
 * profile lists its services does not matter. Undefined where there is no candidate.
 */
export function choosePlace<Candidate extends Place>(
  candidates: readonly Candidate[],
  registered: readonly string[],
): Candidate | undefined {
  const rank = ({ service, writesDurably }: Place) =>
    (writesDurably ? 0 : registered.length) + registered.indexOf(service);
  return candidates.toSorted((a, b) => rank(a) - rank(b))[0];
}
