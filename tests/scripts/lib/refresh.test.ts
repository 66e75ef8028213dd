import { expect, test } from "vitest";
import { parseSwitchFlags } from "../../../scripts/lib/switch.ts";
import { parseUpFlags } from "../../../scripts/lib/up.ts";

const given = { bench: true, provision: true };

test("`up --refresh` is for all services: with some alone, the others would lose their image of the edition", () => {
  expect(parseUpFlags({ ...given, refresh: true })).toMatchObject({ refresh: true });
  expect(parseUpFlags({ ...given, only: "redis" })).toMatchObject({ only: ["redis"] });
  expect(() => parseUpFlags({ ...given, refresh: true, only: "redis" })).toThrow(/`npm run up -- --refresh`/);
});

test("`switch` renews no images, because it may have to put back what runs, and names the two commands", () => {
  expect(parseSwitchFlags(given)).toMatchObject({ refresh: false });
  const refused = () => parseSwitchFlags({ ...given, refresh: true });
  expect(refused).toThrow(/`npm run switch -- <profile>`, then `npm run up -- --refresh`/);
});
