/** One-time steps, defined once for both `lacks` and `prepare`. */
import type { LacksInput, LiveService, PrepareInput, Target } from "../../core/service/service.ts";

/** A missing item, and how to create it. */
export interface Step {
  /** "create role app". */
  readonly lacks: string;
  /** "created role app". */
  readonly done: string;
  /** Opens its own connection, because a step may run long after it was found to be missing. */
  take(keep: PrepareInput["keep"]): Promise<void>;
}

/**
 * Makes `lacks` and `prepare` of a service. `look` resolves the missing steps in order. `failed` makes the error if a
 * step rejects, given the steps done before it; by default the step's own error is thrown.
 */
export function byLooking(
  look: (targets: readonly Target[], input: LacksInput) => Promise<readonly Step[]>,
  failed: (cause: unknown, done: readonly string[]) => unknown = (cause) => cause,
): Pick<LiveService, "lacks" | "prepare"> {
  return {
    lacks: async (targets, input) => (await look(targets, input)).map(({ lacks }) => lacks),
    prepare: async (targets, input) => takeSteps(await look(targets, input), input, failed),
  };
}

/** Carries out the steps one after another; resolves what was done, in words. Begins none after the signal's abort. */
export async function takeSteps(
  steps: readonly Step[],
  { keep, signal }: PrepareInput,
  failed: (cause: unknown, done: readonly string[]) => unknown = (cause) => cause,
): Promise<readonly string[]> {
  const done: string[] = [];
  for (const step of steps) {
    signal.throwIfAborted();
    try {
      await step.take(keep);
    } catch (error) {
      throw failed(error, done);
    }
    done.push(step.done);
  }
  return done;
}
