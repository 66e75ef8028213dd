/** Asks before something that cannot be undone, and offers what can. */
import { setTimeout as sleep } from "node:timers/promises";
import { PlumblineError } from "../../core/errors.ts";
import { printable } from "../../core/printable.ts";
import type { Outlook } from "../../core/results/outlook.ts";

/**
 * Returns a function that accepts `--yes`, or an answer on the terminal, and rejects with NEEDS_CONFIRMATION without
 * either. Never hangs.
 */
export function confirmer({ yes, interactive }: { readonly yes: boolean; readonly interactive: boolean }) {
  return async (question: string): Promise<boolean> => {
    if (yes) return true;
    if (!interactive) {
      throw new PlumblineError("NEEDS_CONFIRMATION", {
        what: question,
        why: "there is no terminal to answer on",
        fix: "Run the same command with --yes if you agree",
      });
    }
    const { default: inquirer } = await import("inquirer");
    const { answer } = await inquirer.prompt<{ answer: boolean }>([
      { type: "confirm", name: "answer", message: printable(question), default: false },
    ]);
    return answer;
  };
}

/** After this time nobody is at the terminal, and a command that holds a stack's lock must not wait for ever. */
const OFFER_DEADLINE_MS = 60_000;

/**
 * Offers something harmless on a terminal: the default is yes. Resolves to false if there is no answer within a minute,
 * on Ctrl-C, and when the signal fires.
 */
export async function offer(question: string, signal: AbortSignal): Promise<boolean> {
  const { default: inquirer } = await import("inquirer");
  const asking = inquirer.prompt<{ answer: boolean }>([
    { type: "confirm", name: "answer", message: question, default: true },
  ]);
  const ending = new AbortController();
  const over = AbortSignal.any([signal, ending.signal]);
  const unanswered = sleep(OFFER_DEADLINE_MS, undefined, { signal: over }).catch(() => undefined);
  try {
    const answered = await Promise.race([asking, unanswered]);
    return answered?.answer ?? false;
  } catch {
    return false; // Ctrl-C rejects
  } finally {
    ending.abort();
    asking.ui.close();
    asking.catch(() => undefined); // closing rejects what nobody awaits any more
  }
}

/** "3 of 12 scenarios are undecided; about 40 s more would decide them. Measure on?" */
export function measureOnQuestion({ scenarios, undecided, decidable, expectedS }: Outlook, atMostS: number): string {
  const which = decidable === undecided ? "them" : `${decidable} of them`;
  const are = undecided === 1 ? "is" : "are";
  return (
    `${undecided} of ${scenarios} scenarios ${are} undecided; about ${expectedS} s more would decide ` +
    `${undecided === 1 ? "it" : which}. Measure on, for ${atMostS} s at most?`
  );
}
