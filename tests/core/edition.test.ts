import { expect, test } from "vitest";
import { editionText } from "../../stack/core/edition.ts";

test("an edition is told with what it replaces, and the services that it concerns", () => {
  const renewed = { suite: "trixie", to: "2026-11-30", services: ["postgres", "redis"] };
  expect(editionText(renewed)).toBe("Debian trixie: no edition → 2026-11-30 (postgres, redis)");
  expect(editionText({ ...renewed, from: "2026-09-01" })).toBe(
    "Debian trixie: 2026-09-01 → 2026-11-30 (postgres, redis)",
  );
});
