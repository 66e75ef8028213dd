/** Reading the raw flags of a command, with every mistake reported at once. */
import { InvalidArgumentError } from "commander";
import { z } from "zod";

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
export const names = z.string().transform((text) => text.split(",").map((name) => name.trim()));

/** A whole number of at least 1, as it is typed. */
export const count = z.coerce.number({ error: "expected a whole number" }).int("expected a whole number").min(1);
