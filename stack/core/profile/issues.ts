/** Turns zod's issues into problems that name the place, the value found and the value expected. */
import { z } from "zod";
import { nearest } from "./nearest.ts";
import { describeValue, formatPath, oneOf } from "./problem.ts";
import type { Path, Position, ProfileProblem } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** Returns the position of a key or its value in the file that set it. */
export type Locate = (path: Path, what: "key" | "value") => Position;

/**
 * Returns every mistake that `schema` finds in `data`, below the key `base`. A schema's own message completes the
 * sentence "found …, expected …".
 */
export function findProblems(
  schema: z.ZodType,
  data: unknown,
  locate: Locate,
  base: Path = [],
): readonly ProfileProblem[] {
  const result = schema.safeParse(data);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => problemsOf(issue, schema, data, locate, base));
}

function problemsOf(
  issue: Issue,
  schema: z.ZodType,
  data: unknown,
  locate: Locate,
  base: Path,
): readonly ProfileProblem[] {
  const inner = plainPath(issue.path);
  const path = [...base, ...inner];
  const value = valueAt(data, inner);
  if (issue.code === "unrecognized_keys") return unknownKeys(issue.keys, path, keysAt(schema, inner), locate);
  if (issue.code === "invalid_union") {
    const branch = meantBranch(issue.errors);
    if (branch !== undefined) {
      const below = branch.map((nested) => ({ ...nested, path: [...issue.path, ...nested.path] }));
      return below.flatMap((nested) => problemsOf(nested, schema, data, locate, base));
    }
  }
  const suggestion = suggestValue(issue, value);
  return [
    {
      ...locate(path, "value"),
      path: formatPath(path),
      found: describeValue(value),
      expected: expectationOf(issue),
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  ];
}

/** Returns the alternative that was probably meant: the only one with the right type, if there is exactly one. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const near = branches.filter((branch) =>
    branch.every(({ code, path }) => code !== "invalid_type" || path.length > 0),
  );
  return near.length === 1 ? near[0] : undefined;
}

function unknownKeys(
  keys: readonly string[],
  path: Path,
  known: readonly string[],
  locate: Locate,
): readonly ProfileProblem[] {
  const isService = path.length === 1 && path[0] === "services";
  return keys.map((key) => {
    const suggestion = nearest(key, known);
    return {
      ...locate([...path, key], "key"),
      path: formatPath([...path, key]),
      found: isService ? "an unknown service" : "an unknown key",
      expected: known.length === 0 ? "no keys here" : [...known].join(", ").replace(/, ([^,]+)$/, " or $1"),
      ...(suggestion === undefined ? {} : { suggestion }),
    };
  });
}

function expectationOf(issue: Issue): string {
  const standard = z.locales.en().localeError({ ...issue, input: undefined });
  const usual = typeof standard === "string" ? standard : standard?.message;
  const own = withoutReceived(issue.message);
  if (usual === undefined || own !== withoutReceived(usual)) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return TYPE_NAMES[issue.expected] ?? `a value of type ${issue.expected}`;
    case "invalid_value":
      return oneOf(issue.values);
    case "too_small":
      return `${sizeOf(issue.origin)}${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
    case "too_big":
      return `${sizeOf(issue.origin)}${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_format":
    case "unrecognized_keys":
    case "invalid_union":
    case "invalid_key":
    case "invalid_element":
    case "custom":
      return own.replace(/^Invalid \w+: /, "");
  }
}

/** Issues carry no input, so the part of zod's message about the input is removed before comparing. */
function withoutReceived(message: string): string {
  return message.replace(/, received .*$/, "");
}

function sizeOf(origin: string): string {
  return origin === "string" ? "a length of " : "";
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping of keys",
  record: "a mapping of keys",
  array: "a list",
};

/** YAML 1.1's booleans, which YAML 1.2 reads as text. */
const OLD_BOOLEANS: Readonly<Record<string, string>> = { yes: "true", on: "true", no: "false", off: "false" };

function suggestValue(issue: Issue, value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (issue.code === "invalid_value") {
    const near = nearest(value, issue.values.map(String));
    const meant = issue.values.find((each) => String(each) === near);
    return typeof meant === "string" ? JSON.stringify(meant) : meant === undefined ? undefined : String(meant);
  }
  const word = value.toLowerCase();
  if (Object.hasOwn(OLD_BOOLEANS, word)) return OLD_BOOLEANS[word];
  return issue.code === "invalid_type" && value.trim() !== "" && !Number.isNaN(Number(value)) ? value : undefined;
}

/** Returns the keys that an object schema accepts at a path. */
function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  const object = objectIn(schema);
  if (object === undefined) return [];
  const [step, ...rest] = path;
  if (step === undefined) return Object.keys(object.shape);
  const next: unknown = Object.hasOwn(object.shape, step) ? object.shape[String(step)] : undefined;
  return next instanceof z.ZodType ? keysAt(next, rest) : [];
}

function objectIn(schema: z.core.$ZodType): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodUnion) {
    return schema.options.map((option) => objectIn(option)).find((option) => option !== undefined);
  }
  const wrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
      ? schema.def.innerType
      : undefined;
  return wrapped === undefined ? undefined : objectIn(wrapped);
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

function plainPath(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === "symbol" ? String(step) : step));
}
