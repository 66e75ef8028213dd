import { expect, test } from "vitest";
import { printable } from "../../../stack/report/text/printable.ts";

test("Nothing that a terminal obeys may be left of a text, and everything else must stay", () => {
  expect(printable("\u001B[31mred\u001B[0m \u009B2J \u007F")).toBe("\uFFFD[31mred\uFFFD[0m \uFFFD2J \uFFFD");
  expect(printable("a\tb\r\nµ − 日本 🦉")).toBe("a\tb\r\nµ − 日本 🦉");
  expect(printable("half \uD83E of a pair")).toBe("half \uFFFD of a pair");
});
