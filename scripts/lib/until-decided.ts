/** The flag and the question that let a run go beyond its time budget. */
import { InvalidArgumentError, type Command } from "commander";
import type { MeasureOptions } from "../../stack/measure/measure.ts";
import { measureOnQuestion } from "../../stack/report/text/confirm.ts";
import type { Context } from "./command.ts";
import { count } from "./flags.ts";

/** An hour: more than any number of blocks that could decide a scenario. */
const MOST_S = 3600;

export const decideFields = { untilDecided: count.max(MOST_S).optional() };

export interface DecideFlags {
  readonly bench?: boolean | undefined;
  readonly untilDecided?: number | undefined;
}

export function decideFlag(command: Command): Command {
  return command.option(
    "--until-decided <seconds>",
    "measure on while scenarios are undecided, in all for at most so long; without it a terminal is asked, and --yes ends with the budget",
  );
}

/**
 * Returns how long to measure. With the flag nobody is asked: it is the answer. Throws InvalidArgumentError if nothing
 * is measured.
 */
export function decideOptions(
  { bench, untilDecided }: DecideFlags,
  { offer }: Pick<Context<unknown>, "offer">,
): Pick<MeasureOptions, "untilDecidedS" | "measureOn"> {
  if (untilDecided === undefined)
    return offer ? { measureOn: (outlook, atMostS) => offer(measureOnQuestion(outlook, atMostS)) } : {};
  if (bench === false) throw new InvalidArgumentError("--no-bench leaves nothing for --until-decided");
  return { untilDecidedS: untilDecided };
}
