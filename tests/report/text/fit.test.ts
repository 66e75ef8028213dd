import { expect, test } from "vitest";
import { fit, type Section } from "../../../stack/report/text/fit.ts";

const items = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);
const cut = (rank: number, least: number, name: string, count: number): Section => ({
  items: items(name, count),
  cut: { rank, least, more: (left) => `${left} more of ${name}` },
});
const whole = (name: string, count: number): Section => ({ items: items(name, count) });

test("what fits is shown whole, with a blank line between sections and none for an empty one", () => {
  expect(fit([whole("a", 2), cut(0, 0, "b", 0), cut(1, 0, "c", 1)], 4)).toBe("a 1\na 2\n\nc 1");
});

test("the lowest rank is cut first, from its end, down to what must stay, and what is missing is counted", () => {
  const sections = [cut(1, 2, "a", 4), whole("b", 2), cut(0, 1, "c", 4)];
  expect(fit(sections, 11)).toBe("a 1\na 2\na 3\na 4\n\nb 1\nb 2\n\nc 1\nc 2\n2 more of c");
  expect(fit(sections, 1)).toBe("a 1\na 2\n2 more of a\n\nb 1\nb 2\n\nc 1\n3 more of c");
});

test("an item of several lines goes as one", () => {
  const long: Section = { items: ["x\ny\nz", "x\ny\nz"], cut: { rank: 0, least: 1, more: (left) => `${left} more` } };
  expect(fit([long], 5)).toBe("x\ny\nz\n1 more");
});

test("a section can follow the one before without a blank line", () => {
  expect(fit([whole("a", 1), { ...whole("b", 1), joined: true }, whole("c", 1)], 9)).toBe("a 1\nb 1\n\nc 1");
  expect(fit([whole("a", 0), { ...whole("b", 1), joined: true }], 9)).toBe("b 1");
});

test("without a limit nothing is left out", () => {
  expect(fit([cut(0, 0, "a", 200)], Number.POSITIVE_INFINITY).split("\n")).toHaveLength(200);
});
