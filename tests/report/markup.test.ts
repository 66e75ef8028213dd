import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable } from "../../stack/core/printable.ts";
import { markup } from "../../stack/report/markup.ts";
import { parseXml } from "../support/report/xml.ts";

describe("a template of markup", () => {
  test("must escape text, so that a parser reads back what was put in, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const { attributes, text: content, children } = parseXml(markup`<a b="${text}">${text}</a>`.text);
        expect(children).toEqual([]);
        const readable = printable(text).replaceAll("\r\n", "\n");
        expect(content).toBe(readable);
        expect(attributes["b"]).toBe(readable.replaceAll(/[\n\t]/g, " "));
      }),
    );
  });

  test("must replace what XML cannot hold: colours of a terminal, halves of surrogate pairs", () => {
    expect(parseXml(markup`<a>${"\u001B[31mred\u0000 \uD800 \uFFFE"}</a>`.text).text).toBe(
      "\uFFFD[31mred\uFFFD \uFFFD \uFFFD",
    );
  });

  test("must take markup and lists of it as they are, and nothing for undefined", () => {
    expect(markup`<ul>${[markup`<li>${1}</li>`, markup`<li>${"<"}</li>`]}${undefined}</ul>`.text).toBe(
      "<ul><li>1</li><li>&lt;</li></ul>",
    );
  });
});
