/** One-time steps, written once for both questions: what is missing, and making it. */
import type { LacksInput, LiveService, PrepareInput, Target } from "../../core/service/service.ts";

/** Something that is missing, and how to make it. */
export interface Step {
  /** "create role app". */
  readonly lacks: string;
  /** "created role app". */
  readonly done: string;
  /** Connects by itself: a step may be taken long after it was found to be missing. */
  take(keep: PrepareInput["keep"]): Promise<void>;
}

/**
 * `lacks` and `prepare` of a service whose missing steps `look` finds in their order. `failed` makes the error of a step
 * that rejects, with the steps that were done before it; the step's own reason where it is absent.
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

/** Takes the steps one after the other; returns what was done, in words. */
export async function takeSteps(
  steps: readonly Step[],
  { keep }: PrepareInput,
  failed: (cause: unknown, done: readonly string[]) => unknown = (cause) => cause,
): Promise<readonly string[]> {
  const done: string[] = [];
  for (const step of steps) {
    try {
      await step.take(keep);
    } catch (error) {
      throw failed(error, done);
    }
    done.push(step.done);
  }
  return done;
}
