import { expect, test } from "vitest";
import { unrenewed } from "../../../stack/commands/images/index.ts";

const EDITION = { suite: "trixie", to: "2026-11-30", services: ["redis"] };
const ALL = { editions: [EDITION], notes: [], renewed: [], failures: [], unwritten: [] };
const UNWRITTEN = [
  "editions of Debian are not noted in /lock.json: EROFS",
  "editions of Debian are not noted in /lock.json: EROFS",
];

test("a lock file that cannot be written is told as such, once, and not as a registry that does not answer", () => {
  expect(unrenewed(ALL)).toBeUndefined();
  const error = unrenewed({ ...ALL, unwritten: UNWRITTEN });
  expect(error).toMatchObject({ code: "WRONG_USAGE", what: "The lock file of images cannot be written" });
  expect(error?.why.split("\n")).toEqual([
    UNWRITTEN[0],
    "renewed all the same: Debian trixie: no edition → 2026-11-30 (redis)",
  ]);
  expect(error?.fix).toContain("PLUMBLINE_IMAGES_LOCK");
  expect(error?.fix).not.toContain("registry");
});

test("registries that cannot be asked are counted without what could not be written", () => {
  const error = unrenewed({ ...ALL, failures: ["redis: no registry answers"], unwritten: UNWRITTEN });
  expect(error).toMatchObject({ code: "IMAGE_UNAVAILABLE", what: "1 digests of images could not be renewed" });
  expect(error?.fix.split("\n")).toHaveLength(2);
  expect(error?.details).toMatchObject({ updatedEditions: [EDITION] });
});
