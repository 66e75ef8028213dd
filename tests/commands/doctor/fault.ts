/** What a row of the table of faults says. */
import type { DoctorWorld } from "./world.ts";

export interface FoundFault {
  readonly fault: string;
  /** The name of the check that names it. */
  readonly check: string;
  /** `before up`: while nothing of the stack runs. */
  readonly moment: "before up" | "running";
  readonly status: "warning" | "problem";
  /** A word of the finding by which a reader knows the fault. */
  readonly says: string | RegExp;
  /** True if `--fix` mends it; otherwise why it does not. */
  readonly mends: true | string;
  readonly arrange: (world: DoctorWorld) => Promise<unknown>;
}

/** What no look can know, and what tells it instead. */
export interface UnknownFault {
  readonly fault: string;
  readonly why: string;
}
