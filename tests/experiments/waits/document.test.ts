import { expect, test } from "vitest";
import { waitsDocument, waitsText } from "./document.ts";
import type { Wait } from "./measure.ts";

const WAIT: Wait = {
  service: "redis",
  name: "password changed by hand",
  command: "up",
  outcome: "LOGIN_REFUSED",
  waitMs: 2650,
  tookMs: 2700,
};

test("final errors that come soon pass, and so does what a command mends, however long it takes", () => {
  const mended: Wait = { service: "redis", name: "files of another owner", command: "up", outcome: "ok", tookMs: 9000 };
  const found = waitsDocument({ waits: [WAIT, mended], skipped: 0 });
  expect(found).toMatchObject({ ok: true, late: 0, longestMs: 2650 });
  expect(waitsText(found)).toContain("The longest wait for a final error: 2.65 s; 0 longer than");
});

test("one that comes late fails the whole, and is marked", () => {
  const found = waitsDocument({ waits: [WAIT, { ...WAIT, command: "switch", waitMs: 5400 }], skipped: 0 });
  expect(found).toMatchObject({ ok: false, late: 1, longestMs: 5400 });
  expect(waitsText(found)).toMatch(/^\* +redis +password changed by hand +switch/m);
});

test("a case that could not be made fails the whole, with its reason", () => {
  const missed: Wait = { ...WAIT, outcome: "not made", tookMs: 0, note: "no image" };
  expect(waitsDocument({ waits: [missed], skipped: 0 })).toMatchObject({ ok: false, notMade: 1 });
  expect(waitsText(waitsDocument({ waits: [missed], skipped: 3 }))).toMatch(/not made: no image[^]*3 were not run/);
});
