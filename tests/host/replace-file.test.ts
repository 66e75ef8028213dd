import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { replaceFile } from "../../stack/host/replace-file.ts";
import { makePipe } from "../support/host/pipe.ts";

const HOW = { mode: 0o644, suffix: "new" };
let folder = "";
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-replace-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.for([0, 0o077])("a file must have the mode that is given, with the umask %o too", async (umask) => {
  const before = process.umask(umask);
  try {
    await replaceFile(at("file"), "text", HOW);
  } finally {
    process.umask(before);
  }
  expect((await stat(at("file"))).mode & 0o777).toBe(0o644);
  expect(await readdir(folder)).toEqual(["file"]);
});

test("a link beside it must not be written through, and a pipe not be waited for", async () => {
  await writeFile(at("others"), "theirs");
  await symlink(at("others"), at("file.new"));
  await replaceFile(at("file"), "mine", HOW);
  makePipe(at("file.new"));
  await replaceFile(at("file"), "mine again", HOW);
  expect([await readFile(at("others"), "utf8"), await readFile(at("file"), "utf8")]).toEqual(["theirs", "mine again"]);
});

test("nothing must be left beside it where it cannot be replaced", async () => {
  await mkdir(at("file"));
  await expect(replaceFile(at("file"), "text", HOW)).rejects.toMatchObject({ code: "EISDIR" });
  expect(await readdir(folder)).toEqual(["file"]);
});
