import { expect, test } from "vitest";
import { ageNote, dayOf, daysOld } from "../../../stack/images/newer/age.ts";

const NOW = new Date("2026-11-30T23:59:59Z");

test.each([
  [undefined, undefined], // pulled, or built without a date
  ["2026-11-30", undefined],
  ["2026-10-01", undefined],
  ["2026-09-30", 61],
  ["2025-11-30", 365],
  ["2026-12-24", undefined], // of a computer whose clock is ahead
])("packages of %s are too old by %s days", (builtOn, days) => {
  const image = builtOn === undefined ? {} : { builtOn };
  expect(daysOld(image, NOW)).toBe(days);
  expect(ageNote(image, NOW)).toBe(
    days === undefined
      ? undefined
      : `its packages were taken ${days} days ago: \`npm run up -- --refresh\` takes those of today`,
  );
});

test("a day is that of UTC", () => {
  expect(dayOf(NOW)).toBe("2026-11-30");
});
