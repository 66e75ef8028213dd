import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRegular, readRegular, readTextIfThere } from "../../stack/host/regular-file.ts";
import { makePipe } from "../support/host/pipe.ts";

let folder = "";
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-regular-"));
  await writeFile(at("file"), "text");
  await mkdir(at("folder"));
  await symlink(at("file"), at("link"));
  makePipe(at("pipe"));
  await symlink(at("pipe"), at("link-to-pipe"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("an ordinary file must be read, also through a link", async () => {
  expect((await readRegular(at("file"))).toString()).toBe("text");
  expect(await readTextIfThere(at("link"))).toBe("text");
  expect(await readTextIfThere(at("absent"))).toBeUndefined();
});

test.for<readonly [name: string, code: string, kind: string]>([
  ["pipe", "EFTYPE", "a named pipe"],
  ["link-to-pipe", "EFTYPE", "a named pipe"],
  ["folder", "EISDIR", "a folder"],
])("%s must be refused at once with %s, as %s", async ([name, code, kind]) => {
  const message = `${code}: ${at(name)} is ${kind}, not an ordinary file`;
  await expect(readRegular(at(name))).rejects.toMatchObject({ code, message });
});

test("a device must be refused, which has no end", async () => {
  await expect(readRegular("/dev/zero")).rejects.toMatchObject({ code: "EFTYPE" });
});

test("a link must be refused where none is wanted", async () => {
  await expect(openRegular(at("link"), { follow: false })).rejects.toMatchObject({ code: "ELOOP" });
  await (await openRegular(at("file"), { follow: false })).close();
});

test("a file that is larger than it may be must be refused with its size", async () => {
  await expect(readRegular(at("file"), { maxBytes: 3 })).rejects.toThrow("it has 4 bytes, and at most 3 are read");
});
