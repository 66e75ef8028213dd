/** Reads a YAML file as data, with the position of every key and value. */
import { isMap, isNode, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, YAMLError, YAMLWarning } from "yaml";
import { controlProblems, nameProblems } from "./control.ts";
import type { Path, Position, ProfileProblem } from "./problem.ts";
import { KeyIndex, lookThrough, MAX_DEPTH, type TreeLook } from "./tree.ts";

/** The text of one profile. Messages refer to it as `file`. */
export interface ProfileSource {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

export interface ProfileDocument {
  readonly source: ProfileSource;
  /** Plain data, without the ignored keys; undefined if the file is empty or is not readable YAML. */
  readonly data: unknown;
  /** False if the file is too broken to check what was read of it. */
  readonly readable: boolean;
  readonly problems: readonly ProfileProblem[];
  /** Returns the position of a key or of its value; undefined if this file does not have it. */
  position(path: Path, what: "key" | "value"): Position | undefined;
}

type Tree = Document.Parsed;
type Locate = (offset: number) => Position;

/** Mistakes that do not change the meaning of the rest of the file. */
const HARMLESS: ReadonlySet<string> = new Set(["MULTIPLE_DOCS", "NON_STRING_KEY"]);

/** Top-level keys of this form are ignored: a place for anchors, as in Compose files. */
const IGNORED_KEY = /^x-/;

export function readDocument(source: ProfileSource): ProfileDocument {
  const lines = new LineCounter();
  const locate: Locate = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { file: source.file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const tree = parsed(source.text, lines);
  if (tree === undefined) return tooDeep(source, locate(0));
  const look = lookThrough(tree.contents);
  // Warnings are about unknown tags: the value under one would be read as something else.
  const syntax = [...tree.errors, ...tree.warnings].map((error) => syntaxProblem(error, locate));
  const structure = look.problems.map(({ offset, path, found, expected }) => ({
    ...locate(offset),
    path,
    found,
    expected,
  }));
  const readable =
    look.problems.every(({ harmless }) => harmless) && tree.errors.every((error) => HARMLESS.has(error.code));
  const keys = new KeyIndex(look.resolved);
  return {
    source,
    data: readable ? plainData(tree) : undefined,
    readable,
    problems: [...nameProblems(source), ...syntax, ...structure, ...(readable ? controlProblems(tree, locate) : [])],
    position: (path, what) => positionIn(tree, path, what, { locate, keys, resolved: look.resolved }),
  };
}

/** Returns undefined for a file that is nested deeper than the parser can follow. */
function parsed(text: string, lineCounter: LineCounter): Tree | undefined {
  try {
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      stringKeys: true,
      merge: true,
      uniqueKeys: false, // compares every key with every other; `lookThrough` finds them in one pass
      logLevel: "error",
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function tooDeep(source: ProfileSource, start: Position): ProfileDocument {
  const found = "mappings or lists that are nested too deeply";
  return {
    source,
    data: undefined,
    readable: false,
    problems: [{ ...start, path: "", found, expected: `at most ${MAX_DEPTH} levels` }],
    position: () => undefined,
  };
}

function syntaxProblem(error: YAMLError | YAMLWarning, locate: Locate): ProfileProblem {
  const place = locate(error.pos[0]);
  if (error.code === "MULTIPLE_DOCS") {
    return { ...place, path: "", found: "a second document", expected: "one document in the file" };
  }
  return { ...place, path: "", found: "broken YAML", expected: `valid YAML (${error.message})` };
}

/** `lookThrough` has bounded what aliases expand to. */
function plainData(tree: Tree): unknown {
  const data: unknown = tree.toJS({ maxAliasCount: -1 });
  if (typeof data !== "object" || data === null || Array.isArray(data)) return data ?? undefined;
  return Object.fromEntries(Object.entries(data).filter(([key]) => !IGNORED_KEY.test(key)));
}

interface Finders {
  readonly locate: Locate;
  readonly keys: KeyIndex;
  readonly resolved: TreeLook["resolved"];
}

function positionIn(tree: Tree, path: Path, what: "key" | "value", finders: Finders): Position | undefined {
  let value: unknown = tree.contents;
  let key: unknown;
  for (const step of path) {
    const child = childOf(value, step, finders);
    if (child === undefined) return undefined;
    ({ key, value } = child);
  }
  const target = what === "key" ? (key ?? value) : (value ?? key);
  return finders.locate(isNode(target) ? (target.range?.[0] ?? 0) : 0);
}

function childOf(
  node: unknown,
  step: string | number,
  { keys, resolved }: Finders,
): { readonly key: unknown; readonly value: unknown } | undefined {
  const parent = resolved(node);
  if (isSeq(parent)) {
    const value = typeof step === "number" ? parent.items[step] : undefined;
    return value === undefined ? undefined : { key: undefined, value };
  }
  return isMap(parent) ? keys.find(parent, String(step)) : undefined;
}
