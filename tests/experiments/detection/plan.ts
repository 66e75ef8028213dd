/** Which runs an experiment makes, and in which order. Pure. */
import type { CompanyName } from "./company/company.ts";
import type { FaultName } from "./faults/faults.ts";

/**
 * `quiet`: the clean stack without company, within the profile's own budget. `company`: the clean stack beside others.
 * `faults`: a harmed stack beside others. `bar`: one story through the command line.
 */
export const GROUPS = ["quiet", "company", "faults", "bar"] as const;
export type Group = (typeof GROUPS)[number];

export type Kind =
  | { readonly group: "quiet"; readonly company: "none" }
  | { readonly group: "company"; readonly company: CompanyName }
  | {
      readonly group: "faults";
      readonly company: CompanyName;
      readonly fault: FaultName;
      /** The service that is harmed. */
      readonly service: string;
    };

export interface Wanted {
  readonly kind: Kind;
  readonly runs: number;
}

/** Returns a kind's name, by which finished runs are counted: "faults, cpu in postgres, beside bursts". */
export function kindName(kind: Kind): string {
  switch (kind.group) {
    case "quiet":
      return "quiet";
    case "company":
      return `clean, beside ${kind.company}`;
    case "faults":
      return `${kind.fault} in ${kind.service}, beside ${kind.company}`;
  }
}

/** Fraction of the golden ratio: its multiples spread evenly over 0 to 1, however many there are (Weyl). */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Returns the runs that are left, evenly mixed over the whole time, so that drifts of the machine affect every kind
 * alike. `finished` counts the finished runs by `kindName`. Each kind begins at another place, so that no two kinds
 * always follow each other.
 */
export function interleaved(wanted: readonly Wanted[], finished: ReadonlyMap<string, number>): readonly Kind[] {
  return wanted
    .flatMap(({ kind, runs }, place) => {
      const left = Math.max(0, runs - (finished.get(kindName(kind)) ?? 0));
      const offset = ((place + 1) * GOLDEN) % 1;
      return Array.from({ length: left }, (_, index) => ({ kind, at: (index + offset) / left }));
    })
    .toSorted((left, right) => left.at - right.at)
    .map(({ kind }) => kind);
}

/** A finished run: how long it was expected to take, and how long it took. Seconds. */
export interface Pace {
  readonly plannedS: number;
  readonly tookS: number;
}

/** Returns the seconds that the runs left will take, at the pace of those that were finished; as planned before any. */
export function timeLeftS(finished: readonly Pace[], leftPlannedS: number): number {
  const planned = finished.reduce((total, { plannedS }) => total + plannedS, 0);
  const took = finished.reduce((total, { tookS }) => total + tookS, 0);
  return planned === 0 ? leftPlannedS : (leftPlannedS * took) / planned;
}
