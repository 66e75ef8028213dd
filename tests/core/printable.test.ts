import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  beginning,
  controlIn,
  cutLine,
  cutLines,
  LINE_MOST,
  oneLine,
  printable,
  printableIn,
} from "../../stack/core/printable.ts";

describe("printable text", () => {
  test("must hold nothing that a terminal obeys, and everything else must stay", () => {
    expect(printable("\u001B[31mred\u001B[0m \u009B2J \u007F")).toBe("\uFFFD[31mred\uFFFD[0m \uFFFD2J \uFFFD");
    expect(printable("a\tb\r\nµ − 日本 🦉")).toBe("a\tb\r\nµ − 日本 🦉");
    expect(printable("half \uD83E of a pair")).toBe("half \uFFFD of a pair");
  });

  test("must not overwrite its line, turn its direction, or hold a line break that only some readers see", () => {
    expect(printable("password\rnothing here\r\n")).toBe("password\uFFFDnothing here\r\n");
    expect(printable("safe\u202Eexe.txt\u2066")).toBe("safe\uFFFDexe.txt\uFFFD");
    expect(printable("one\u2028two\u2029three")).toBe("one\uFFFDtwo\uFFFDthree");
  });

  test("must be that of every text in plain data, and nothing else of it may change", () => {
    const when = new Date(0);
    const data = { "k\u0007": ["\u001B[2J", 1, undefined], inner: { text: "plain", none: null }, when };
    expect(printableIn(data)).toEqual({
      "k\uFFFD": ["\uFFFD[2J", 1, undefined],
      inner: { text: "plain", none: null },
      when,
    });
    expect(data["k\u0007"]).toEqual(["\u001B[2J", 1, undefined]);
  });
});

describe("a text of one line", () => {
  test.for([
    ["a\nb", "U+000A"],
    ["a\r\nb", "U+000D"],
    ["a\tb", "U+0009"],
    ["a\0b", "U+0000"],
    ["\u001B[2J", "U+001B"],
    ["\u0085", "U+0085"],
    ["\u2028", "U+2028"],
    ["\u2029", "U+2029"],
    ["\u202E", "U+202E"],
    ["\uD83E", "U+D83E"],
    ["all µ − 日本 🦉 of $(this) 'is' \"text\"", undefined],
  ] as const)("%j holds %s", ([text, control]) => {
    expect(controlIn(text)).toBe(control);
  });

  test("must be what is left of any text", () => {
    expect(oneLine("first\n\tsecond\r\nthird\u2028\u001Bc")).toBe("first second third\uFFFD\uFFFDc");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(controlIn(oneLine(text))).toBeUndefined();
      }),
    );
  });
});

describe("a line without end", () => {
  test("must be cut, and say so; a shorter one must stay as it is", () => {
    const whole = "x".repeat(LINE_MOST);
    expect(cutLine(whole)).toBe(whole);
    expect(cutLine(`${whole}y`)).toBe(`${whole} … cut after 2000 characters`);
    expect(cutLines(`short\n${whole}yz\nend`)).toBe(`short\n${whole} … cut after 2000 characters\nend`);
  });

  test("must not be cut within a character", () => {
    expect(beginning("a🦉b", 2)).toBe("a");
    expect(beginning("a🦉b", 3)).toBe("a🦉");
    expect(cutLine(`${"x".repeat(LINE_MOST - 1)}🦉`)).toBe(`${"x".repeat(LINE_MOST - 1)} … cut after 2000 characters`);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat({ max: 20 }), (text, most) => {
        const cut = beginning(text, most);
        expect(text.startsWith(cut)).toBe(true);
        expect(cut).not.toMatch(/\p{Surrogate}/u);
        expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, most) - 1);
      }),
    );
  });
});
