/** Reading the raw flags of a command, with every mistake reported at once. */
import { InvalidArgumentError } from "commander";
import { z } from "zod";
import type { StackOptions } from "../../stack/commands/request/request.ts";

/** Makes the `parse` of a command from the schema of its flags; those of all commands are passed over. */
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

/** A whole number of at least 1, as it is typed. */
export const count = z.coerce.number({ error: COUNT }).int(COUNT).min(1, COUNT);

/** The options with the profile that stands alone on the command line. Throws when `--profile` names another one. */
export function withProfile(options: StackOptions, profile: string | undefined): StackOptions {
  if (profile === undefined) return options;
  if (options.profile !== undefined && options.profile !== profile)
    throw new InvalidArgumentError(`two profiles: ${profile}, and ${options.profile} with --profile`);
  return { ...options, profile };
}
