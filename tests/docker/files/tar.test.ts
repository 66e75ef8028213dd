import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { readTar, writeTar } from "../../../stack/docker/files/tar.ts";

const folder = mkdtempSync(join(tmpdir(), "plumbline-tar-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILE = { name: "a.conf", content: Buffer.from("port = 1\n"), mode: 0o600, uid: 999, gid: 998 };

describe("an archive", () => {
  test("must be read as it was written, whatever the content", () => {
    const files = fc.array(
      fc.record({
        name: fc.stringMatching(/^[\w.-]{1,100}$/),
        content: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
        mode: fc.integer({ min: 0, max: 0o777 }),
        uid: fc.integer({ min: 0, max: 100_000 }),
        gid: fc.integer({ min: 0, max: 100_000 }),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(files, (given) => {
        expect(readTar(writeTar(given))).toEqual(given);
      }),
    );
  });

  test("must be understood by tar, with owner and mode", () => {
    writeFileSync(join(folder, "one.tar"), writeTar([FILE]));
    const listed = execFileSync("tar", ["--numeric-owner", "-tvf", join(folder, "one.tar")], { encoding: "utf8" });
    expect(listed).toMatch(/^-rw------- +999\/998 +9 .* a\.conf\n$/);
    expect(execFileSync("tar", ["-xOf", join(folder, "one.tar")], { encoding: "utf8" })).toBe("port = 1\n");
  });

  test("of tar must be read, without its folders and links", () => {
    writeFileSync(join(folder, "b.conf"), "x");
    execFileSync("tar", ["--format=pax", "-cf", join(folder, "two.tar"), "--exclude=*.tar", "-C", folder, "."]);
    const found = readTar(execFileSync("cat", [join(folder, "two.tar")]));
    expect(found.map(({ content }) => content.toString())).toEqual(["x"]);
  });

  test("that is cut off must be refused, and so must a name that does not fit", () => {
    expect(() => readTar(writeTar([FILE]).subarray(0, 515))).toThrow(/middle of a file/);
    expect(() => writeTar([{ ...FILE, name: "n".repeat(101) }])).toThrow(/100 bytes/);
  });
});
