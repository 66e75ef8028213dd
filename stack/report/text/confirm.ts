/** Asks before something that cannot be undone, and offers what can. */
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { PlumblineError } from "../../core/errors.ts";
import { printable } from "../../core/printable.ts";
import type { Outlook } from "../../core/results/outlook.ts";

/** A terminal with a person. */
export interface Asking {
  /** The terminal takes a line of text and no control sequences. */
  readonly plain: boolean;
  /** Ends the question. */
  readonly signal: AbortSignal;
  readonly input: NodeJS.ReadableStream;
  /** Not stdout, which belongs to the result. */
  readonly output: NodeJS.WritableStream;
}

/**
 * Accepts `yes`, or an answer on the terminal. Rejects with NEEDS_CONFIRMATION if there is no terminal, and with
 * INTERRUPTED on a signal. Never hangs: a terminal that is closed is a no.
 */
export async function confirm(
  question: string,
  { yes, asking }: { readonly yes: boolean; readonly asking?: Asking },
): Promise<boolean> {
  if (yes) return true;
  if (!asking) {
    throw new PlumblineError("NEEDS_CONFIRMATION", {
      what: question,
      why: "there is no terminal to answer on",
      fix: "Run the same command with --yes if you agree",
    });
  }
  return (await ask(question, false, asking)) ?? false;
}

/** After this time nobody is at the terminal, and a command that holds a stack's lock must not wait for ever. */
const OFFER_DEADLINE_MS = 60_000;

/**
 * Offers something harmless on a terminal: the default is yes. Resolves to false if there is no answer within a minute,
 * on Ctrl-C, and when the signal fires.
 */
export async function offer(question: string, asking: Asking): Promise<boolean> {
  const answered = new AbortController();
  const late = new AbortController();
  const waiting = AbortSignal.any([asking.signal, answered.signal]);
  void sleep(OFFER_DEADLINE_MS, undefined, { signal: waiting }).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    return (await ask(question, true, { ...asking, signal: AbortSignal.any([asking.signal, late.signal]) })) ?? false;
  } catch {
    return false;
  } finally {
    answered.abort();
  }
}

/** Resolves to undefined if the terminal is closed instead of an answer. Rejects with INTERRUPTED. */
async function ask(question: string, fallback: boolean, asking: Asking): Promise<boolean | undefined> {
  const answered = new AbortController();
  // A prompt whose terminal is closed (Ctrl-D) neither answers nor fails; then nothing is left for this process to do.
  const closed = once(process, "beforeExit", { signal: answered.signal }).then(
    () => undefined,
    () => undefined,
  );
  try {
    const shown = printable(question);
    const asked = asking.plain ? askOnOneLine(shown, fallback, asking) : askWithCursor(shown, fallback, asking);
    asked.catch(() => undefined);
    return await Promise.race([asked, closed]);
  } catch (error) {
    throw new PlumblineError("INTERRUPTED", {
      what: `Not done: ${question}`,
      why: "it was interrupted before there was an answer",
      fix: "Run the command again and answer, or give --yes",
      cause: error,
    });
  } finally {
    answered.abort();
  }
}

async function askWithCursor(message: string, fallback: boolean, { signal, input, output }: Asking): Promise<boolean> {
  const { default: inquirer } = await import("inquirer");
  const prompt = inquirer.createPromptModule({ input, output, signal });
  const { answer } = await prompt<{ answer: boolean }>([
    { type: "confirm", name: "answer", message, default: fallback },
  ]);
  return answer;
}

async function askOnOneLine(
  message: string,
  fallback: boolean,
  { signal, input, output }: Asking,
): Promise<boolean | undefined> {
  const reader = createInterface({ input, output, terminal: false });
  const closed = new Promise<undefined>((resolve) => {
    reader.once("close", () => resolve(undefined));
  });
  try {
    const answer = reader.question(`? ${message} (${fallback ? "Y/n" : "y/N"}) `, { signal });
    answer.catch(() => undefined);
    const line = await Promise.race([answer, closed]);
    if (line === undefined) return undefined;
    return line.trim() === "" ? fallback : /^\s*y(es)?\s*$/i.test(line);
  } finally {
    reader.close();
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
