/** The result of `plan`. */
import type { PlumblineError } from "../../errors.ts";
import type { Plan } from "../../plan/action.ts";
import type { Limits, MachineSize } from "./parts.ts";

export interface PlannedStack {
  readonly stack: string;
  readonly profile: string;
  /** The profile that the stack was last brought up with. */
  readonly inUse?: string | undefined;
  readonly runtime?: string | undefined;
  readonly engine?: string | undefined;
  readonly machine: MachineSize;
  /** The budgeted machine: never more than the profile asks for. */
  readonly sizedFor: Limits;
  readonly plan: Plan;
  /** With what `up` would end before it changes the stack; its reasons are in the plan's notes. */
  readonly refused?: PlumblineError | undefined;
  readonly services: readonly {
    readonly name: string;
    /** The program that will run in place of the service's namesake; absent if it is the namesake. */
    readonly standIn?: string | undefined;
    readonly limits: Limits;
    /** Names of its containers. */
    readonly instances: readonly string[];
  }[];
}
