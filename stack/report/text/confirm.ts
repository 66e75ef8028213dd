/** Asks before something that cannot be undone. */
import { PlumblineError } from "../../core/errors.ts";

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
      { type: "confirm", name: "answer", message: question, default: false },
    ]);
    return answer;
  };
}
