/** Walks a plan: each step begins as soon as its dependencies are done; steps run concurrently. */
import { setMaxListeners } from "node:events";
import type { Step } from "../../core/plan/action.ts";
import { PlumblineError } from "../../core/errors.ts";
import { interrupted } from "../../host/deadline.ts";

/**
 * Maximum of concurrent steps, mostly waits, one per server. More than a stack of thirty servers needs, so that waits
 * never keep a step from beginning that would end them.
 */
export const STEPS_AT_ONCE = 64;

/** Maximum of listeners: every running step listens for its end, some with two clients; Node warns at more than ten. */
export const LISTENERS = 4 * STEPS_AT_ONCE;

export interface Walk {
  /**
   * Carries out one step. `ending` aborts with the run's signal and at the first failure: a step that can be cancelled
   * then rejects at once; any other is waited for.
   */
  readonly perform: (step: Step, ending: AbortSignal) => Promise<void>;
  /** Called after each completed step, also for steps that were running when another one failed. */
  readonly done: (step: Step) => void;
  readonly signal: AbortSignal;
}

/**
 * Resolves when every step is done. Rejects with the first failure, or with INTERRUPTED, after all running steps have
 * ended; steps that had not begun are skipped.
 */
export async function walk(steps: readonly Step[], { perform, done, signal }: Walk): Promise<void> {
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  setMaxListeners(LISTENERS, either);
  const finished = new Set<string>();
  const left = new Set(steps);
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const fail = (error: unknown) => {
    failures.push(error);
    ending.abort(error instanceof PlumblineError ? error : undefined);
  };
  const carryOut = async (step: Step) => {
    try {
      await perform(step, either);
      finished.add(step.id);
      done(step);
    } catch (error) {
      fail(error);
    }
  };
  for (;;) {
    if (signal.aborted && failures.length === 0) fail(interrupted(signal));
    for (const step of left) {
      if (failures.length > 0 || running.size >= STEPS_AT_ONCE) break;
      if (!step.after.every((id) => finished.has(id))) continue;
      left.delete(step);
      const work = carryOut(step).finally(() => running.delete(work));
      running.add(work);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (failures.length > 0) throw failures[0];
  if (left.size > 0)
    throw new Error(`these steps wait for what is not planned: ${[...left].map(({ id }) => id).join(", ")}`);
}
