import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stackFolder, type StackFolder } from "../../stack/records/folder.ts";
import { isTemporary, removeFiles, sortFolder } from "../../stack/records/own-files.ts";
import { sign } from "../../stack/render/signature.ts";
import { makePipe } from "../support/host/pipe.ts";

const REDIS = { name: "redis", credentials: [{ name: "app", user: "app" }], unsignedFiles: ["users.acl"] };

const OWN = [
  "compose.yaml",
  "conf/redis-1/redis.conf",
  "conf/redis-1/users.acl",
  "secrets/certificates/authorities/redis-bus.key",
  "secrets/certificates/redis/authority.75547c4d6175.crt",
  "secrets/certificates/redis/bus.e130cb11e77c.key",
  "secrets/redis.app",
  "results/history.jsonl",
  "results/performance-results-20261130-010203.html",
];
const FOREIGN = [
  "backup.sql",
  "compose.override.yaml",
  "conf/mine/users.acl",
  "conf/redis-1/dump.sql",
  "conf/redis-1/dump.sql.new",
  "results/notes.txt",
  "secrets/certificates/mine.crt",
  "secrets/certificates/redis/mine.crt",
  "secrets/my.key",
  "secrets/redis.app.20261130",
];
const IN_USE = ["engine/dockerd.log", "lock"];

let project = "";
let folder: StackFolder;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "plumbline-own-files-"));
  folder = stackFolder("test", project);
  for (const path of OWN) await write(path, sign(path, "x\n"));
  for (const path of [...FOREIGN, ...IN_USE]) await write(path, "mine\n");
});
afterEach(() => rm(project, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(folder.file(path)), { recursive: true });
  await writeFile(folder.file(path), text);
}

async function left(): Promise<readonly string[]> {
  const entries = await readdir(folder.root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
}

test("only what Plumbline made goes, and a person's files stay where they are", async () => {
  const content = await sortFolder(folder, [REDIS], { results: true });
  expect(content).toEqual({ own: OWN.toSorted(), edited: [], foreign: FOREIGN });
  await removeFiles(folder, content);
  expect((await left()).toSorted()).toEqual([...FOREIGN, ...IN_USE].map((path) => folder.file(path)).toSorted());
});

test("a secret file is known by its mode, and by its name where a person has changed that", async () => {
  const exporter = { name: "exporter", credentials: [], unsignedFiles: [], secretFileNames: ["my.cnf"] };
  const paths = ["exporter/my.cnf", "exporter/mine", "redis-1/my.cnf", "redis-1/token"];
  for (const path of paths) await write(`secrets/files/${path}`, "password\n");
  await chmod(folder.file("secrets/files/exporter/my.cnf"), 0o600);
  await chmod(folder.file("secrets/files/redis-1/token"), 0o444);
  const { own, foreign } = await sortFolder(folder, [REDIS, exporter], { results: false });
  expect(inFiles(own)).toEqual(["secrets/files/exporter/my.cnf", "secrets/files/redis-1/token"]);
  expect(inFiles(foreign)).toEqual(["secrets/files/exporter/mine", "secrets/files/redis-1/my.cnf"]);
});

test("a text that a person edited is kept beside one that was kept before", async () => {
  await write("compose.yaml", `${sign("compose.yaml", "x\n")}# mine\n`);
  await write("compose.yaml.edited", "the first\n");
  const content = await sortFolder(folder, [REDIS], { results: false });
  expect(content.edited).toEqual(["compose.yaml"]);
  await removeFiles(folder, content);
  expect(await readFile(folder.file("compose.yaml.edited"), "utf8")).toBe("the first\n");
  expect(await readFile(folder.file("compose.yaml.edited.2"), "utf8")).toContain("# mine");
});

test("the results stay unless they are requested", async () => {
  const { own, foreign } = await sortFolder(folder, [REDIS], { results: false });
  expect([...own, ...foreign].filter((path) => path.startsWith("results"))).toEqual([]);
});

test("a folder goes with its last file", async () => {
  for (const path of FOREIGN) await rm(folder.file(path));
  await removeFiles(folder, await sortFolder(folder, [REDIS], { results: true }));
  expect(await readdir(folder.root)).toEqual(["engine", "lock"]);
});

test("a generated file that a person edited keeps its text beside its place", async () => {
  await writeFile(folder.composeFile, `${sign("compose.yaml", "x\n")}# mine\n`);
  const content = await sortFolder(folder, [REDIS], { results: false });
  expect(content.edited).toEqual(["compose.yaml"]);
  await removeFiles(folder, content);
  expect(await readdir(folder.root)).toContain("compose.yaml.edited");
  expect(await readdir(folder.root)).not.toContain("compose.yaml");
  expect((await sortFolder(folder, [REDIS], { results: false })).foreign).toContain("compose.yaml.edited");
});

test("a link or a pipe in the place of a generated file is no file of Plumbline's, and is not waited for", async () => {
  await rm(folder.composeFile);
  makePipe(folder.composeFile);
  await symlink(folder.file("backup.sql"), folder.file("tuning.env"));
  const { foreign } = await sortFolder(folder, [REDIS], { results: false });
  expect(foreign).toEqual(expect.arrayContaining(["compose.yaml", "tuning.env"]));
});

test("unfinished files are those of Plumbline's own writing; a download of a person is none", () => {
  const unfinished = ["compose.yaml.new", "conf/redis-1/redis.conf.new", "results/history.jsonl.partial", "lock.12"];
  expect(unfinished.filter((path) => !isTemporary(path))).toEqual([]);
  expect(["backup.sql.partial", "notes.new", "results/mine.partial"].filter(isTemporary)).toEqual([]);
});

function inFiles(found: readonly string[]): readonly string[] {
  return found.filter((path) => path.startsWith("secrets/files/"));
}
