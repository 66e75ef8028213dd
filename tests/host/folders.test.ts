import { chmod, mkdir, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder, makePrivateFolder, OPEN_FOLDER, refuseLink } from "../../stack/host/folders.ts";

let root = "";
const at = (path: string) => join(root, path);
const modeOf = async (path: string) => (await stat(at(path))).mode & 0o777;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "plumbline-folders-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test.for([0, 0o077])("every folder that is made must have its mode, with the umask %o too", async (umask) => {
  await mkdir(at("there"), { mode: 0o711 });
  const before = process.umask(umask);
  try {
    await makeFolder(at("there/a/b"), OPEN_FOLDER);
    await makePrivateFolder(at("mine/deep"));
  } finally {
    process.umask(before);
  }
  expect(await Promise.all(["there", "there/a", "there/a/b"].map(modeOf))).toEqual([0o711, 0o755, 0o755]);
  expect(await Promise.all(["mine", "mine/deep"].map(modeOf))).toEqual([0o700, 0o700]);
});

test("a private folder that somebody opened must be closed, and one that is elsewhere be left as it is", async () => {
  await mkdir(at("open"));
  await mkdir(at("elsewhere"));
  await chmod(at("elsewhere"), 0o750);
  await symlink(at("elsewhere"), at("link"));
  for (const path of ["open", "link"]) await makePrivateFolder(at(path));
  expect(await Promise.all(["open", "elsewhere"].map(modeOf))).toEqual([0o700, 0o750]);
});

test("a link must be refused where Plumbline's own folder has its place", async () => {
  await symlink(root, at("link"));
  await expect(refuseLink(at("link"))).rejects.toMatchObject({ code: "EFTYPE" });
  await refuseLink(at("absent"));
});
