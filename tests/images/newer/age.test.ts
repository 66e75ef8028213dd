import { expect, test } from "vitest";
import { ageNote, ageOf, dayOf } from "../../../stack/images/newer/age.ts";

const NOW = new Date("2026-11-30T23:59:59Z");
const REFRESH = "`npm run up -- --refresh`";

test.each([
  [undefined, undefined], // pulled, or built without a date
  ["2026-11-30", undefined],
  ["2026-10-01", undefined],
  ["2026-09-30", 61],
  ["2025-11-30", 365],
  ["2026-12-24", undefined], // of a computer whose clock is ahead
])("packages of %s are too old by %s days", (builtOn, days) => {
  const image = builtOn === undefined ? {} : { builtOn };
  expect(ageOf(image, NOW)?.days).toBe(days);
  expect(ageNote(image, NOW)).toBe(
    days === undefined ? undefined : `its packages were taken ${days} days ago: ${REFRESH} takes those of today`,
  );
});

test("packages that a mirror named long ago are as old as its index, and another mirror is the remedy", () => {
  const image = { builtOn: "2026-11-30", indexDate: "2026-09-01" };
  expect(ageOf(image, NOW)).toEqual({ days: 90, of: "index" });
  expect(ageNote(image, NOW)).toMatch(
    /^its package index was made 90 days ago: name a mirror .*PLUMBLINE_DEBIAN_MIRROR/,
  );
  expect(ageOf({ builtOn: "2026-09-02", indexDate: "2026-09-01" }, NOW)).toEqual({ days: 90, of: "packages" });
  expect(ageOf({ builtOn: "2026-11-30", indexDate: "2026-11-01" }, NOW)).toBeUndefined();
});

test("a day is that of UTC", () => {
  expect(dayOf(NOW)).toBe("2026-11-30");
});
