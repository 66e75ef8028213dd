import { describe, expect, test } from "vitest";
import { hintsFor, hintsIn } from "../../../stack/report/text/hints.ts";

describe("commands in a text", () => {
  test.for([
    [
      "remove the data for good with `npm run destroy`",
      "remove the data for good with `npm run destroy -- --stack two`",
    ],
    [
      "Look at its log: npm run logs -- redis-1. `npm run up` starts it.",
      "Look at its log: npm run logs -- --stack two redis-1. `npm run up -- --stack two` starts it.",
    ],
    ['eval "$(npm run -s env)"', 'eval "$(npm run -s env -- --stack two)"'],
    ["npm run destroy -- --machine", "npm run destroy -- --stack two --machine"],
    ["Bring it up: npm run up -- --stack two", "Bring it up: npm run up -- --stack two"],
    ["`npm run bench:self` measures", "`npm run bench:self` measures"],
    ["use another stack with --stack <name>", "use another stack with --stack <name>"],
  ])("must name the stack that they are about: %s", ([text, expected]) => {
    expect(hintsFor({ stack: "two" }, text ?? "")).toBe(expected);
  });

  test("stay as they are for the default stack", () => {
    expect(hintsFor({ stack: "default" }, "`npm run up`")).toBe("`npm run up`");
  });

  test("of a document are those of its advice, and a server's own lines stay", () => {
    const document = {
      error: { fix: "npm run up" },
      checks: [{ found: "npm run explain tells why", remedy: "`npm run up` does it" }],
      notes: ["`npm run up` pulls them"],
      lines: ["npm run up"],
    };
    expect(JSON.parse(JSON.stringify(document, hintsIn({ stack: "two" })))).toEqual({
      error: { fix: "npm run up -- --stack two" },
      checks: [{ found: "npm run explain -- --stack two tells why", remedy: "`npm run up -- --stack two` does it" }],
      notes: ["`npm run up -- --stack two` pulls them"],
      lines: ["npm run up"],
    });
  });
});
