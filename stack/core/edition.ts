/** Editions of Debian: the day from which on the packages of images are that are built here. Pure. */

export interface RenewedEdition {
  /** "trixie" */
  readonly suite: string;
  /** Days: "2026-11-30". Undefined if the suite had no edition. */
  readonly from?: string | undefined;
  readonly to: string;
  /** The services whose images are built from the suite. */
  readonly services: readonly string[];
}

/** Describes a new edition: "Debian trixie: no edition → 2026-11-30 (postgres, redis)". */
export function editionText({ suite, from, to, services }: RenewedEdition): string {
  return `Debian ${suite}: ${from ?? "no edition"} → ${to} (${services.join(", ")})`;
}
