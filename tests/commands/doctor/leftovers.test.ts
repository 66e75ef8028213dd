import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkLeftovers } from "../../../stack/commands/doctor/leftovers.ts";
import { isTemporary } from "../../../stack/records/own-files.ts";
import { loadCertificates } from "../../../stack/records/certificates/store.ts";
import { redis } from "../../../stack/services/redis/index.ts";
import { stackFolder, type StackFolder } from "../../../stack/records/folder.ts";
import { takeLock } from "../../../stack/host/lock.ts";
import { likelyRuntime, readWanted, type Wanted } from "../../../stack/commands/request/request.ts";
import { makePipe } from "../../support/host/pipe.ts";

let project = "";
let folder: StackFolder;
let wanted: Wanted;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "plumbline-doctor-"));
  folder = stackFolder("test", project);
  await mkdir(folder.secrets, { recursive: true, mode: 0o700 });
  wanted = { ...(await readWanted({ stack: "test", profile: "minimal" })), folder };
});
afterEach(() => rm(project, { recursive: true, force: true }));

/** Without an engine: the files are looked at in any case. */
const look = () => checkLeftovers(wanted, { kind: "no runtime", runtime: likelyRuntime(wanted), none: [] });
const notWell = async () => (await look()).filter(({ status }) => status !== "ok");

async function fixAll(): Promise<void> {
  for (const { repair } of await look()) await repair?.();
}

test("a folder in order has nothing to say", async () => {
  await writeFile(join(folder.secrets, "redis.app"), "x", { mode: 0o600 });
  expect(await notWell()).toEqual([]);
});

test("a password that others can read is a problem, and is mended", async () => {
  const secret = join(folder.secrets, "redis.app");
  await writeFile(secret, "x");
  await chmod(secret, 0o644);
  await chmod(folder.secrets, 0o755);
  const found = await notWell();
  expect(found.map(({ check, status }) => [check, status])).toEqual([
    ["secrets", "problem"],
    ["secrets", "problem"],
  ]);
  expect(found[1]?.found).toContain("0644");
  await fixAll();
  expect(await notWell()).toEqual([]);
  expect((await stat(secret)).mode & 0o777).toBe(0o600);
});

test("a link or a named pipe among the passwords is a problem, and the mode behind a link stays", async () => {
  const other = join(project, "other");
  await writeFile(other, "x");
  await chmod(other, 0o644);
  await symlink(other, join(folder.secrets, "redis.app"));
  makePipe(join(folder.secrets, "redis.bench"));
  const found = await notWell();
  expect(found.map(({ found: words }) => words.split(" is ")[1])).toEqual(["a symbolic link", "a named pipe"]);
  await fixAll();
  expect((await stat(other)).mode & 0o777).toBe(0o644);
});

test("a link or a named pipe among the passwords is well once it is removed, as the finding says", async () => {
  const places = ["redis.app", "redis.bench"].map((name) => join(folder.secrets, name));
  await symlink(project, places[0] ?? "");
  makePipe(places[1] ?? "");
  expect((await notWell()).map(({ remedy }) => remedy)).toEqual([
    "Remove it: only ordinary files are read there.",
    "Remove it: only ordinary files are read there.",
  ]);
  for (const place of places) await rm(place);
  expect(await notWell()).toEqual([]);
});

test("what is behind a link to a folder is a person's: it is neither named nor changed", async () => {
  const other = join(project, "other");
  await mkdir(join(other, "files"), { recursive: true });
  await writeFile(join(other, "mine"), "x");
  await writeFile(join(other, "files", "mine.new"), "x");
  for (const name of ["mine", join("files", "mine.new")]) await chmod(join(other, name), 0o644);
  await symlink(other, join(folder.secrets, "link"));
  await symlink(other, folder.file("conf"));
  const found = (await notWell()).map((each) => each.found).join("\n");
  expect(found).toContain("link is a symbolic link");
  expect(found).not.toContain("mine");
  await fixAll();
  expect(await readdir(join(other, "files"))).toEqual(["mine.new"]);
  expect((await stat(join(other, "mine"))).mode & 0o777).toBe(0o644);
});

test("a secret file is readable for the container's user, in folders that only their owner enters", async () => {
  const inside = join(folder.secrets, "files", "agent");
  await mkdir(inside, { recursive: true, mode: 0o700 });
  const file = join(inside, "my.cnf");
  await writeFile(file, "x", { mode: 0o444 });
  expect((await look()).map(({ found }) => found)).toContain("1 files that only you can read");
  await chmod(file, 0o600);
  await chmod(inside, 0o755);
  expect((await notWell()).map(({ check }) => check)).toEqual(["secrets", "secrets"]);
  await fixAll();
  expect([(await stat(file)).mode & 0o777, (await stat(inside)).mode & 0o777]).toEqual([0o444, 0o700]);
});

test("certificates are readable for the container's user behind a private folder, and their authorities for nobody else", async () => {
  const certificates = join(folder.secrets, "certificates");
  const { certificates: specs } = redis.configure({ nodes: 3 });
  await loadCertificates([{ name: "redis", certificates: specs }], { folder: certificates, now: new Date() });
  expect(await notWell()).toEqual([]);
  const key = join(certificates, "authorities", "redis-bus.key");
  await chmod(key, 0o644);
  await chmod(certificates, 0o755);
  await chmod(join(certificates, "redis"), 0o700);
  expect((await notWell()).map(({ check }) => check)).toEqual(["secrets", "secrets", "secrets"]);
  await fixAll();
  expect(await notWell()).toEqual([]);
  expect((await stat(key)).mode & 0o777).toBe(0o600);
  expect((await stat(join(certificates, "redis"))).mode & 0o777).toBe(0o755);
});

test("the lock of a process that is gone is a warning with its pid, and is removed", async () => {
  await writeFile(folder.lock, JSON.stringify({ pid: 2 ** 22 + 1, started: "1", command: "up" }));
  const [found] = await notWell();
  expect(found).toMatchObject({ check: "lock", status: "warning" });
  expect(found?.found).toContain(`${2 ** 22 + 1} (up)`);
  await fixAll();
  expect(await readdir(folder.root)).not.toContain("lock");
});

test("the lock of a process that works is left alone, and so are its temporary files", async () => {
  const lock = await takeLock(folder.lock, "up");
  await writeFile(folder.file("compose.yaml.new"), "");
  const found = await notWell();
  expect(found.map(({ check, repair }) => [check, repair])).toEqual([["lock", undefined]]);
  await fixAll();
  expect(await readdir(folder.root)).toEqual(expect.arrayContaining(["compose.yaml.new", "lock"]));
  await lock.release();
});

test("what a killed run left half written is found and removed, and nothing else", async () => {
  await mkdir(folder.results);
  const left = [
    "compose.yaml.new",
    "results/performance-results-20261130-010203.json.partial",
    "secrets/redis.app.0a1b2c3d",
    "lock.4194305",
    "lock.12-0a1b2c3d",
  ];
  const kept = ["compose.yaml", "results/performance.json", "secrets/redis.app", "conf.edited"];
  for (const path of [...left, ...kept]) await writeFile(folder.file(path), "", { mode: 0o600 });
  const [found] = await notWell();
  expect(found).toMatchObject({ check: "temporary files", status: "warning" });
  for (const path of left) expect(found?.found).toContain(path);
  await fixAll();
  const entries = await readdir(folder.root, { recursive: true });
  expect(entries.filter(isTemporary)).toEqual([]);
  expect(entries).toEqual(expect.arrayContaining(kept));
});
