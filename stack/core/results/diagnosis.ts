/** What a look at one thing that can go wrong has found. */

export interface Diagnosis {
  /** What was looked at: "ports", "lock". */
  readonly check: string;
  /** `problem`: a command will fail or data may be lost. `warning`: worth knowing. */
  readonly status: "ok" | "warning" | "problem";
  readonly found: string;
  /** What to do about it; present unless it is ok. */
  readonly remedy?: string;
}
