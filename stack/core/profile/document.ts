/** Reads a YAML file as data, with the position of every key and value. */
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { Document, YAMLError, YAMLWarning } from "yaml";
import { controlProblems, nameProblems } from "./control.ts";
import type { Path, Position, ProfileProblem } from "./problem.ts";

/** The text of one profile. Messages refer to it as `file`. */
export interface ProfileSource {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

export interface ProfileDocument {
  readonly source: ProfileSource;
  /** Plain data; undefined if the file is empty or is not readable YAML. */
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
const HARMLESS: ReadonlySet<string> = new Set(["DUPLICATE_KEY", "MULTIPLE_DOCS", "NON_STRING_KEY"]);

/** Limits the expansion of nested aliases. */
const MAX_ALIASES = 100;

export function readDocument(source: ProfileSource): ProfileDocument {
  const lines = new LineCounter();
  const tree = parseDocument(source.text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: "error",
  });
  const locate: Locate = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { file: source.file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  // Warnings are about unknown tags: the value under one would be read as something else.
  const syntax = [...tree.errors, ...tree.warnings].map((error) => syntaxProblem(error, source.text, locate));
  const aliases = unresolvedAliases(tree, locate);
  const readable = aliases.length === 0 && tree.errors.every((error) => HARMLESS.has(error.code));
  const data = readable ? plainData(tree, locate(0)) : { data: undefined, problems: [] };
  return {
    source,
    data: data.data,
    readable: readable && data.problems.length === 0,
    problems: [
      ...nameProblems(source),
      ...syntax,
      ...aliases,
      ...(readable ? controlProblems(tree, locate) : []),
      ...data.problems,
    ],
    position: (path, what) => positionIn(tree, path, what, locate),
  };
}

function syntaxProblem(error: YAMLError | YAMLWarning, text: string, locate: Locate): ProfileProblem {
  const place = locate(error.pos[0]);
  if (error.code === "MULTIPLE_DOCS") {
    return { ...place, path: "", found: "a second document", expected: "one document in the file" };
  }
  if (error.code !== "DUPLICATE_KEY") {
    return { ...place, path: "", found: "broken YAML", expected: `valid YAML (${error.message})` };
  }
  const key = /^[^\s:]+/.exec(text.slice(error.pos[0]))?.[0] ?? "";
  return { ...place, path: key, found: "the key a second time", expected: "each key once in its mapping" };
}

function unresolvedAliases(tree: Tree, locate: Locate): readonly ProfileProblem[] {
  const problems: ProfileProblem[] = [];
  visit(tree, {
    Alias(_, alias) {
      if (alias.resolve(tree) !== undefined) return;
      const expected = `an anchor &${alias.source} before it`;
      problems.push({ ...locate(alias.range?.[0] ?? 0), path: "", found: `the alias *${alias.source}`, expected });
    },
  });
  return problems;
}

function plainData(tree: Tree, start: Position): { data: unknown; problems: readonly ProfileProblem[] } {
  try {
    const data: unknown = tree.toJS({ maxAliasCount: MAX_ALIASES });
    return { data: data ?? undefined, problems: [] };
  } catch {
    const expected = `at most ${MAX_ALIASES} values that aliases expand to`;
    return { data: undefined, problems: [{ ...start, path: "", found: "too many aliases", expected }] };
  }
}

function positionIn(tree: Tree, path: Path, what: "key" | "value", locate: Locate): Position | undefined {
  let value: unknown = tree.contents;
  let key: unknown;
  for (const step of path) {
    const child = childOf(tree, value, step);
    if (child === undefined) return undefined;
    ({ key, value } = child);
  }
  const target = what === "key" ? (key ?? value) : (value ?? key);
  return locate(isNode(target) ? (target.range?.[0] ?? 0) : 0);
}

function childOf(tree: Tree, node: unknown, step: string | number): { key: unknown; value: unknown } | undefined {
  const parent: unknown = isAlias(node) ? node.resolve(tree) : node;
  if (isSeq(parent)) {
    const value = typeof step === "number" ? parent.items[step] : undefined;
    return value === undefined ? undefined : { key: undefined, value };
  }
  if (!isMap(parent)) return undefined;
  return parent.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(step));
}
