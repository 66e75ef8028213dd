import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SecretFile } from "../../stack/core/service/container.ts";
import { writeSecretFiles } from "../../stack/records/secret-files.ts";
import { agentStack } from "../support/core/agent.ts";

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

test("a stack without them must get no folder", async () => {
  await write([]);
  expect(await readdir(secrets)).toEqual([]);
});
