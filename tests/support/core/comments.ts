/** The comments of a source file, for tests of their wording. */

export interface Comment {
  /** Line of its first character, from 1. */
  readonly line: number;
  /** In one line, without the marks that make it a comment. */
  readonly text: string;
}

/** Comments that begin a line, consecutive `//` lines as one, and those after code. Strings are not taken for comments. */
export function commentsOf(code: string): readonly Comment[] {
  return [...code.matchAll(TEXT_OR_COMMENT)].flatMap(({ index, groups = {} }) => {
    const { block, lines } = groups;
    const text = (block ?? lines)?.replaceAll(MARKS, " ").replaceAll(/\s+/g, " ").trim();
    return text === undefined ? [] : [{ line: code.slice(0, index).split("\n").length, text }];
  });
}

const TEXT_OR_COMMENT =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<lines>\/\/.*(?:\n[ \t]*\/\/.*)*)|(?<block>\/\*[\s\S]*?\*\/)/g;
const MARKS = /\/\*\*?|\*\/|^[ \t]*\*\/?|^[ \t]*\/\/|\/\/ /gm;
