import { describe, expect, test } from "vitest";
import { PlumblineError } from "../../stack/core/errors.ts";
import { stackFolder } from "../../stack/records/folder.ts";

describe("the name of a stack", () => {
  test.for(["default", "a", "7", "my-stack", "a".repeat(30)])("may be %s", (name) => {
    expect(() => stackFolder(name)).not.toThrow();
  });

  test.for(["", "-a", "a-", "My", "a_b", "a.b", "a/b", "..", "a b", "a".repeat(31), "ä", "a\n"])(
    "must not be %j: names of containers are made from it",
    (name) => {
      expect(() => stackFolder(name)).toThrow(PlumblineError);
      expect(() => stackFolder(name)).toThrow(/cannot be the name of a stack/);
    },
  );
});

test("everything of a stack must be below its own folder", () => {
  const { root, composeFile, secrets, results, lock, file } = stackFolder("mine", "/project");
  expect(root).toBe("/project/.plumbline/mine");
  for (const path of [composeFile, secrets, results, lock, file("conf/a/b")])
    expect(path.startsWith(`${root}/`)).toBe(true);
});

test("the default project must be the one that this code is in", () => {
  expect(stackFolder("mine").root).toBe(new URL("../../.plumbline/mine", import.meta.url).pathname);
});
