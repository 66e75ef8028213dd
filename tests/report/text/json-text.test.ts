import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hintsIn } from "../../../stack/report/text/hints.ts";
import { jsonText } from "../../../stack/report/text/json-text.ts";

test("a document as JSON is the same document, without a character that a terminal obeys", () => {
  expect(jsonText({ line: "\u001B[2J \u009B2J \u007F \u2028 \u202E é" })).toBe(
    String.raw`{
  "line": "\u001b[2J \u009b2J \u007f \u2028 \u202e é"
}`,
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), (document) => {
      const text = jsonText(document);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(document)));
      expect(text).not.toMatch(/[^\P{Cc}\n]|[\u2028-\u202E\u2066-\u2069]/u);
    }),
  );
});

test("commands in it name their stack", () => {
  expect(jsonText({ fix: "npm run up" }, hintsIn({ stack: "two" }))).toContain("npm run up -- --stack two");
});
