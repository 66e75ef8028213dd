/** `explain`: the sizes of a stack, for its machine where it can be asked, else for the one that the profile wants. */
import type { Budget } from "../core/desire/budget.ts";
import type { SizedService } from "../core/desire/desire.ts";
import type { MachineFacts } from "../core/machine/facts.ts";
import { readWanted, type StackOptions } from "./request/request.ts";
import { lookForEngine } from "./request/discovery.ts";
import { sizeWanted } from "./up.ts";

export interface Sizes {
  readonly stack: string;
  readonly profile: string;
  readonly budget: Budget;
  readonly sized: readonly SizedService[];
  readonly machine: Pick<MachineFacts, "cpus" | "memory">;
  readonly sizedFor: "the machine" | "the profile";
}

/** Works without an engine. Rejects with BUDGET_IMPOSSIBLE, PROFILE_INVALID. */
export async function sizesOf(options: StackOptions): Promise<Sizes> {
  const wanted = await readWanted(options);
  const sight = await lookForEngine(wanted);
  const machine = sight.kind === "engine" ? sight.state.facts : wanted.profile.machine;
  const sizes = sizeWanted(wanted, machine);
  const { stack, profileReference: profile } = wanted;
  return { stack, profile, ...sizes, machine, sizedFor: sight.kind === "engine" ? "the machine" : "the profile" };
}
