/** The flags that write a report where a pipeline expects it. */
import { InvalidArgumentError, type Command } from "commander";
import { z } from "zod";
import { checkCopies, type Copies } from "../../stack/records/copies.ts";

const path = z.string().min(1, "expected the path of a file").optional();

export const reportFields = { junit: path, markdown: path };

/** Of the commands whose last screen is short. */
export const verboseFields = { verbose: z.boolean().default(false) };

export function verboseFlag(command: Command): Command {
  return command.option("--verbose", "end with everything that was measured and done, not with one screen of it");
}

export interface ReportFlags {
  readonly bench?: boolean | undefined;
  readonly junit?: string | undefined;
  readonly markdown?: string | undefined;
}

export function reportFlags(command: Command): Command {
  return command
    .option("--junit <file>", "write the verdict as JUnit XML to this file too")
    .option("--markdown <file>", "write the summary as Markdown to this file too");
}

/** Checks the paths before anything is measured. Throws InvalidArgumentError; rejects with WRONG_USAGE. */
export async function copiesOf({ bench, junit, markdown }: ReportFlags): Promise<Copies> {
  const copies = { ...(junit === undefined ? {} : { junit }), ...(markdown === undefined ? {} : { markdown }) };
  const [first] = Object.keys(copies);
  if (bench === false && first !== undefined)
    throw new InvalidArgumentError(`--no-bench leaves nothing for --${first}`);
  await checkCopies(copies);
  return copies;
}
