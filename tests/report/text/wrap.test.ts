import { expect, test } from "vitest";
import { WIDTH, wrapped } from "../../../stack/report/text/wrap.ts";

test("a text that fits must stay as it is, columns and all", () => {
  expect(wrapped("  the stack    9 meet", "    ")).toBe("  the stack    9 meet");
  expect(wrapped("", "  ")).toBe("");
});

test("a longer one must be broken at blanks, with no line beyond the width and no word lost", () => {
  const text = Array.from({ length: 60 }, (_, index) => `word-${index}`).join(" ");
  const lines = wrapped(text, "    ").split("\n");
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(WIDTH);
  expect(lines.slice(1).every((line) => line.startsWith("    word"))).toBe(true);
  expect(lines.map((line) => line.trim()).join(" ")).toBe(text);
});

test("blanks at the end must cost no time, however many there are", () => {
  const before = process.cpuUsage();
  expect(wrapped(`a${" ".repeat(200_000)}`, "  ")).toBe("a");
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
});

test("a word that is longer than a line must stay whole, to be copied", () => {
  const long = "x".repeat(150);
  expect(wrapped(`see ${long} there`, "  ").split("\n")).toEqual(["see", `  ${long}`, "  there"]);
});
