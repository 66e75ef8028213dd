/** Walks a plan: each step begins as soon as those before it are done, side by side. */
import { setMaxListeners } from "node:events";
import type { Step } from "../../core/plan/action.ts";
import { PlumblineError } from "../../core/errors.ts";
import { interrupted } from "../../host/deadline.ts";

/**
 * Steps under way at once: waits above all, one a server. More than a stack of thirty servers needs, so that no wait keeps
 * a step from beginning that would end it.
 */
export const STEPS_AT_ONCE = 64;

/** Every step under way listens for its end, some with two clients; Node warns of more than ten. */
export const LISTENERS = 4 * STEPS_AT_ONCE;

export interface Walk {
  /**
   * Carries out one step. `ending` comes with the signal of the run and with the first failure: what can be given up
   * then rejects at once, anything else is waited for.
   */
  readonly perform: (step: Step, ending: AbortSignal) => Promise<void>;
  /** Called after each step that is done, also for those that were under way when another failed. */
  readonly done: (step: Step) => void;
  readonly signal: AbortSignal;
}

/**
 * Resolves when every step is done. Rejects with the first failure, or with INTERRUPTED, once nothing is under way any
 * more; steps that had not begun are left.
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
