/** Parses the raw flags of a command and reports all mistakes at once. */
import { InvalidArgumentError } from "commander";
import { z } from "zod";
import type { StackOptions } from "../../stack/commands/request/request.ts";

/** Returns a command's `parse` for the schema of its flags; flags common to all commands are ignored. */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
): (raw: Readonly<Record<string, unknown>>) => z.output<Schema> {
  return (raw) => {
    const parsed = schema.safeParse(raw);
    if (parsed.success) return parsed.data;
    const mistakes = parsed.error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`);
    throw new InvalidArgumentError(mistakes.join("; "));
  };
}

/** "a,b": names separated by commas. */
export const names = z
  .string()
  .transform((text) => text.split(",").map((name) => name.trim()))
  .refine((list) => !list.includes(""), "expected names separated by commas");

const COUNT = "expected a whole number from 1 on";

/** A whole number of at least 1, as typed on the command line. */
export const count = z.coerce.number({ error: COUNT }).int(COUNT).min(1, COUNT);

/** Returns the options with the profile given as an argument. Throws if `--profile` names another one. */
export function withProfile(options: StackOptions, profile: string | undefined): StackOptions {
  if (profile === undefined) return options;
  if (options.profile !== undefined && options.profile !== profile)
    throw new InvalidArgumentError(`two profiles: ${profile}, and ${options.profile} with --profile`);
  return { ...options, profile };
}
