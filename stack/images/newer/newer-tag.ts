/** Which tags of a registry are newer versions of one tag. Pure. */
import { tagIn } from "../../core/service/reference.ts";

/**
 * Returns the newest tag of the same major version and the same form: "18.7" for "18.6" and never "18.7-alpine", "18" or
 * "19.1"; undefined if the reference names the newest one, or no version.
 */
export function newerTag(reference: string, tags: readonly string[]): string | undefined {
  const own = formOf(tagIn(reference));
  if (own.numbers.length === 0) return undefined;
  let newest = own;
  for (const tag of tags) {
    const form = formOf(tag);
    if (form.words !== own.words || form.numbers[0] !== own.numbers[0]) continue;
    if (compare(form.numbers, newest.numbers) > 0) newest = form;
  }
  return newest === own ? undefined : newest.tag;
}

interface Form {
  readonly tag: string;
  /** The tag with its numbers left out: "v#.#.#-p#". */
  readonly words: string;
  readonly numbers: readonly number[];
}

function formOf(tag: string): Form {
  return { tag, words: tag.replaceAll(/\d+/g, "#"), numbers: (tag.match(/\d+/g) ?? []).map(Number) };
}

/** Both have the same length, because their forms are the same. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, number] of a.entries()) {
    const difference = number - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
