import { describe, expect, test } from "vitest";
import { commentsOf } from "../support/core/comments.ts";
import { sourcesOf } from "../support/core/sources.ts";

interface Wording {
  readonly pattern: RegExp;
  /** A comment that was once found. */
  readonly found: string;
  readonly instead: string;
}

/** Comments are read in a hurry: wordings that had to be read twice, and what to write instead. */
const WORDINGS: readonly Wording[] = [
  {
    // Only servers answer; they also answer "the first request" and "a challenge", which stays allowed.
    pattern:
      /^Answers\b|[.;] ?[Aa]nswers (?!come |one |only )|(?<!\bor )\banswers (it|its|undefined|what|whether|how|why|true|false|medians|the (path|first|value|reason|line|milliseconds|count)|a function)\b/,
    found: "Parses the options and answers the service as this profile wants it. Answers undefined for anything else.",
    instead: "Parses the options and returns the configured service. Returns undefined for anything else.",
  },
  {
    pattern: /\bso many (?!that\b)/,
    found: "Ids of the containers in which the kernel ended a process, in the last so many ms.",
    instead: "Returns the ids of containers that had an out-of-memory kill within the last `withinMs`.",
  },
  {
    pattern: /\bfor want of\b/,
    found: "Containers in which the kernel ended a process for want of memory.",
    instead: "Containers with an out-of-memory kill.",
  },
  {
    pattern: /\b[Tt]hose of the same name\b/,
    found: "Options that are those of the same name of a service that this one requires, by option.",
    instead: 'Options inherited from a required service: `{ database: "postgres" }` takes `database` from postgres.',
  },
  {
    pattern: /(^|[.;:] )None of an? |\ba mistake of its own\b/,
    found: "None of a service whose owner is absent or wrong: that is a mistake of its own.",
    instead: "Skips services whose owner is missing or invalid; that is reported separately.",
  },
  {
    pattern: /(^|[.;:] )(Has|Is|Are|Were|Had|Should|Was) (it|there|they|one|none|nothing)\b[^.?]*,/,
    found: "Has it none, the machine's figure is taken.",
    instead: "If it has none, the machine's figure is used.",
  },
  {
    pattern: /\b([Uu]ndefined|[Aa]bsent|[Ee]mpty|[Nn]one|[Tt]rue|[Ff]alse|[Tt]hrows|[Rr]ejects) where\b/,
    found: "Undefined where the image has no such tool. Rejects where it cannot be read.",
    instead: "Returns undefined if the image has no such tool. Rejects if it cannot be read.",
  },
  {
    pattern: /\b(are|is|were|was) no \w+ to (ask|wait)\b|\bthey were before\b.*\bno\b/,
    found:
      "Instances that are being started: what they were before is no server to wait for, also while it still answers.",
    instead: "Instances being replaced: ignore the old container even if it still answers.",
  },
  {
    pattern: /\bwhat (it|they) (is|are|was|were) of\b|\bwhose own place\b/,
    found: "A step, with what it is of.",
    instead: "A step, with its instance.",
  },
  {
    pattern: /\b(workshop|the registry's door|moods?)\b/,
    found: "The workshop of a build, so that both meet the same moods of the machine.",
    instead: "The tools of a build, so that both meet the same load of the machine.",
  },
];

const files = sourcesOf(["stack", "scripts"], [".ts", ".mjs"]);

describe("a comment", () => {
  test.each(WORDINGS)("must not say: $found", ({ pattern, found, instead }) => {
    expect(found).toMatch(pattern);
    const places = files.flatMap(({ path, text }) =>
      commentsOf(text)
        .filter((comment) => pattern.test(comment.text))
        .map((comment) => `${path}:${comment.line}: ${comment.text}`),
    );
    expect(places, `write it like this: ${instead}`).toEqual([]);
  });

  test("that is given as an example of what to write must itself follow the list", () => {
    for (const { instead } of WORDINGS)
      expect(
        WORDINGS.filter(({ pattern }) => pattern.test(instead)).map(({ found }) => found),
        instead,
      ).toEqual([]);
  });
});
