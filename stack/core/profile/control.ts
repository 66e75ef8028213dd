/**
 * Refuses control characters in the texts of a profile: they go into files that servers and shells read line by line, and
 * to terminals. Pure.
 */
import { isPair, isScalar, Scalar, visit } from "yaml";
import type { Document } from "yaml";
import { controlIn, printable } from "../printable.ts";
import { formatPath, type Position, type ProfileProblem } from "./problem.ts";

/** Returns every key and value of a YAML file that holds a control character, each at its place. */
export function controlProblems(
  tree: Document.Parsed,
  locate: (offset: number) => Position,
): readonly ProfileProblem[] {
  const problems: ProfileProblem[] = [];
  visit(tree, {
    Scalar(_, scalar, ancestors) {
      const control = typeof scalar.value === "string" ? controlIn(scalar.value) : undefined;
      if (control === undefined) return;
      const path = ancestors.flatMap((each) => (isPair(each) && isScalar(each.key) ? [String(each.key.value)] : []));
      problems.push({
        ...locate(scalar.range?.[0] ?? 0),
        path: printable(formatPath(path)),
        found: nameOf(control),
        expected: isBlock(scalar)
          ? `${ONE_LINE}; after > a block ends with a line break, after >- it does not`
          : ONE_LINE,
      });
    },
  });
  return problems;
}

/** The same for the name of the file: generated files name their profile. */
export function nameProblems({ name, file }: { readonly name: string; readonly file: string }) {
  const control = controlIn(name);
  if (control === undefined) return [];
  return [{ file, line: 1, column: 1, path: "", found: `${nameOf(control)} in the file's name`, expected: ONE_LINE }];
}

const ONE_LINE = "a text on one line without control characters";

function nameOf(control: string): string {
  return control === "U+000A" ? "a line break" : `the control character ${control}`;
}

function isBlock({ type }: Scalar): boolean {
  return type === Scalar.BLOCK_FOLDED || type === Scalar.BLOCK_LITERAL;
}
