import { expect, test } from "vitest";
import { fileError } from "../../stack/host/file-error.ts";

const failure = (code: string) => Object.assign(new Error(`${code}: no`), { code });

test.for(["ENOSPC", "EDQUOT"])("%s must be a full disk, with what to do", (code) => {
  expect(fileError("/a/file", failure(code))).toMatchObject({
    code: "DISK_FULL",
    what: "/a/file cannot be written",
    fix: expectation("Free some space"),
  });
});

test.for(["EACCES", "EPERM", "EROFS", "EISDIR", "EFTYPE", "ELOOP"])("%s must be a file of somebody else", (code) => {
  expect(fileError("/a/file", failure(code))).toMatchObject({ code: "FILE_NOT_OURS", why: `${code}: no` });
});

test("what could not be read must not be called a file that cannot be written", () => {
  expect(fileError("/a/file", failure("EACCES"), "read")).toMatchObject({ what: "/a/file cannot be read" });
});

test("anything else must stay what it is", () => {
  const other = new Error("a defect");
  expect(fileError("/a/file", other)).toBe(other);
});

function expectation(part: string): unknown {
  return expect.stringContaining(part);
}
