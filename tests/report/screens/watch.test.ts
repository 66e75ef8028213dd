import { expect, test } from "vitest";
import { documents } from "../../../stack/report/documents/documents.ts";
import { driftText, watchDocumentOf, watchText } from "../../../stack/report/screens/watch.ts";

const DRIFT = { at: "2026-01-01T00:00:00.000Z", appeared: ["a is 1, wanted 2"], gone: ["b is 3, wanted 4"] };

test("what began to differ and what no longer does is told apart, each with the time", () => {
  expect(driftText(DRIFT)).toBe(
    "2026-01-01T00:00:00.000Z + a is 1, wanted 2\n2026-01-01T00:00:00.000Z - b is 3, wanted 4",
  );
});

test("what a server has now is no command to the terminal", () => {
  expect(driftText({ ...DRIFT, appeared: ["mode is \u001B[2J, wanted on"], gone: [] })).toBe(
    "2026-01-01T00:00:00.000Z + mode is \uFFFD[2J, wanted on",
  );
});

test("the end says what still differs and how to repair it", () => {
  expect(watchText({ stack: "default", looks: 1, drifts: [], differences: [] })).toBe(
    "Nothing differs from the profile (looked 1 time).",
  );
  expect(watchText({ stack: "default", looks: 7, drifts: [DRIFT], differences: ["a"] })).toMatch(
    /^1 differ .*looked 7 times.*npm run up/,
  );
});

test("its document is one of verify's", () => {
  const document = watchDocumentOf({ stack: "default", looks: 2, drifts: [DRIFT], differences: ["a"] }, 4);
  expect(documents["verify"]?.safeParse(document).error).toBeUndefined();
});
