import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SecretFile } from "../../stack/core/service/container.ts";
import { writeSecretFiles } from "../../stack/records/secret-files.ts";
import { agentStack } from "../support/core/agent.ts";
import { makePipe } from "../support/host/pipe.ts";

let secrets = "";
beforeEach(async () => {
  secrets = await mkdtemp(join(tmpdir(), "plumbline-secret-files-"));
});
afterEach(() => rm(secrets, { recursive: true, force: true }));

const write = (secretFiles: readonly SecretFile[]) =>
  writeSecretFiles(secrets, agentStack({ container: { secretFiles } }).services);
const place = (path: string) => join(secrets, "files", "agent", path);
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test("secret files must be readable in the container, and out of reach of the host's other users", async () => {
  const before = process.umask(0);
  try {
    await write([{ path: "deep/my.cnf", text: "password=hush" }]);
  } finally {
    process.umask(before);
  }
  expect(await readFile(place("deep/my.cnf"), "utf8")).toBe("password=hush");
  expect(await modeOf(place("deep/my.cnf"))).toBe(0o444);
  for (const folder of ["files", "files/agent", "files/agent/deep"])
    expect(await modeOf(join(secrets, folder)), folder).toBe(0o700);
});

test("one that is right must stay as it is, and one that differs be replaced and not written into", async () => {
  const map = { path: "map.json", text: "{}" };
  await write([map, { path: "a", text: "one" }]);
  const [sameBefore, changedBefore] = [await stat(place("map.json")), await stat(place("a"))];
  await write([map, { path: "a", text: "two" }]);
  const [same, changed] = [await stat(place("map.json")), await stat(place("a"))];
  expect([same.ino, same.mtimeMs]).toEqual([sameBefore.ino, sameBefore.mtimeMs]);
  expect(changed.ino).not.toBe(changedBefore.ino);
  expect(await readFile(place("a"), "utf8")).toBe("two");
});

test("what is not wanted any more must go, and what a killed run left", async () => {
  await write([{ path: "old", text: "x" }]);
  await writeFile(place("a.new"), "half");
  await write([{ path: "a", text: "x" }]);
  expect(await readdir(place(""))).toEqual(["a"]);
  await write([]);
  expect(await readdir(place(""))).toEqual([]);
});

test("a link or a named pipe in the place of one must be replaced, and what a link points at stay as it is", async () => {
  const other = join(secrets, "other");
  await writeFile(other, "x");
  await chmod(other, 0o600);
  await mkdir(place(""), { recursive: true });
  await symlink(other, place("a"));
  makePipe(place("b"));
  await write([
    { path: "a", text: "x" },
    { path: "b", text: "x" },
  ]);
  expect([await modeOf(other), (await stat(place("a"))).ino === (await stat(other)).ino]).toEqual([0o600, false]);
  expect([await readFile(place("a"), "utf8"), await readFile(place("b"), "utf8")]).toEqual(["x", "x"]);
});

test("a link in the place of their folder must be refused, and nothing be removed behind it", async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), "plumbline-elsewhere-"));
  try {
    await writeFile(join(elsewhere, "kept"), "x");
    await chmod(elsewhere, 0o755);
    await mkdir(join(secrets, "files"));
    await symlink(elsewhere, place(""));
    for (const wanted of [[], [{ path: "a", text: "x" }]])
      await expect(write(wanted)).rejects.toMatchObject({ code: "FILE_NOT_OURS" });
    expect([await readdir(elsewhere), await modeOf(elsewhere)]).toEqual([["kept"], 0o755]);
  } finally {
    await rm(elsewhere, { recursive: true, force: true });
  }
});

test("a stack without them must get no folder", async () => {
  await write([]);
  expect(await readdir(secrets)).toEqual([]);
});

test("one that its service names must go with any mode, and be set right while it is wanted", async () => {
  const { services } = agentStack({ container: { secretFiles: [] } });
  const named = services.map((service) => ({
    ...service,
    definition: { ...service.definition, secretFileNames: ["my.cnf"] },
  }));
  await write([{ path: "my.cnf", text: "x" }]);
  await chmod(place("my.cnf"), 0o600);
  await write([{ path: "my.cnf", text: "x" }]);
  expect(await modeOf(place("my.cnf"))).toBe(0o444);

  await chmod(place("my.cnf"), 0o600);
  await writeFile(place("mine"), "x", { mode: 0o600 });
  await writeSecretFiles(secrets, named);
  expect(await readdir(place(""))).toEqual(["mine"]);
});
