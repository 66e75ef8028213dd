/** One mistake in a profile, with its position. */

/** Line and column count from 1, as in editors. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ProfileProblem extends Position {
  /** The key as a path: "services.redis.nodes"; empty for the file as a whole. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  /** The name that was probably meant. */
  readonly suggestion?: string;
}

export type Path = readonly (string | number)[];

/** Returns `profiles/dev.yaml:4:9: machine.cpus: found "four", expected a whole number from 1 to 256`. */
export function formatProblem(problem: ProfileProblem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const subject = problem.path === "" ? "" : ` ${problem.path}:`;
  const suggestion = problem.suggestion === undefined ? "" : `; did you mean ${problem.suggestion}?`;
  return `${place}:${subject} found ${problem.found}, expected ${problem.expected}${suggestion}`;
}

/** Describes a value in the words of a YAML file's reader. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "a mapping of keys";
}

/** Returns `"a", "b" or "c"`. */
export function oneOf(values: readonly unknown[]): string {
  const words = values.map(describeValue);
  const last = words.at(-1) ?? "nothing";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

export function formatPath(path: Path): string {
  return path.join(".");
}
