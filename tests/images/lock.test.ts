import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { openLock } from "../../stack/images/lock.ts";
import { containing } from "../support/images/matching.ts";

const [A, B] = [`sha256:${"a".repeat(64)}`, `sha256:${"b".repeat(64)}`] as const;

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-lock-"));
  path = join(folder, "images.lock.json");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () => openLock({ PLUMBLINE_IMAGES_LOCK: path });

test("a digest that is noted is there for whoever opens the file next", async () => {
  const lock = await open();
  expect(lock.digestOf("postgres:18.6")).toBeUndefined();
  expect(await lock.note("postgres:18.6", A)).toBeUndefined();
  expect(lock.digestOf("postgres:18.6")).toBe(A);
  expect((await open()).digestOf("postgres:18.6")).toBe(A);
});

test("digests noted at once, by one run or by two, are all kept, sorted, and leave no other file", async () => {
  const [first, second] = [await open(), await open()];
  await Promise.all([first.note("redis:8", A), first.note("mysql:9", B)]);
  await second.note("postgres:18.6", B);
  const { images } = z
    .object({ images: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(path, "utf8")));
  expect(Object.entries(images)).toEqual([
    ["mysql:9", B],
    ["postgres:18.6", B],
    ["redis:8", A],
  ]);
  expect(await readdir(folder)).toEqual(["images.lock.json"]);
});

test("digests noted by many runs at the same moment are all kept", async () => {
  const tags = Array.from({ length: 20 }, (_, index) => `image-${index}:1`);
  const runs = await Promise.all(tags.map(() => open()));
  const problems = await Promise.all(runs.map((lock, index) => lock.note(tags[index] ?? "", A)));
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  const lock = await open();
  expect(tags.filter((tag) => lock.digestOf(tag) === undefined)).toEqual([]);
  expect(await readdir(folder)).toEqual(["images.lock.json"]);
});

test("an edition that is noted is there for whoever opens the file next, beside the digests", async () => {
  const [first, second] = [await open(), await open()];
  expect(first.editionOf("trixie")).toBeUndefined();
  await Promise.all([first.note("redis:8", A), first.noteEdition("trixie", "2026-11-30")]);
  await second.noteEdition("sid", "2026-12-01");
  await second.note("mysql:9", B);
  const lock = await open();
  expect([lock.editionOf("trixie"), lock.editionOf("sid")]).toEqual(["2026-11-30", "2026-12-01"]);
  expect([lock.digestOf("redis:8"), lock.digestOf("mysql:9")]).toEqual([A, B]);
});

test("a file without editions stays one, also when digests are noted", async () => {
  await (await open()).note("redis:8", A);
  expect(JSON.parse(await readFile(path, "utf8"))).not.toHaveProperty("editions");
});

test.each([
  ["an edition that is no day", `{ "images": {}, "editions": { "trixie": "2026-13-41" } }`, "trixie"],
  ["half a file", `{ "images": {`, "JSON"],
  ["no digest", `{ "images": { "redis:8": "latest" } }`, "64 hexadecimal digits"],
  ["a merge that was not finished", `<<<<<<< HEAD\n{ "images": {} }\n`, "JSON"],
])("%s is WRONG_USAGE with the file's path", async (_, text, why) => {
  await writeFile(path, text);
  const error = open().catch((error: unknown) => error);
  expect(await error).toMatchObject({ code: "WRONG_USAGE", fix: containing("remove it") });
  expect(await error).toMatchObject({ why: containing("images.lock.json") });
  expect(await error).toMatchObject({ why: containing(why) });
});

test("what another release has noted stays, also a suite that is not known here", async () => {
  const editions = { forky: "2026-11-29", sid: "2026-11-28" };
  await writeFile(path, JSON.stringify({ comment: "c", images: {}, editions, signatures: { a: [1] } }));
  const lock = await open();
  await lock.note("redis:8", A);
  await lock.noteEdition("trixie", "2026-11-30");
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({
    images: { "redis:8": A },
    editions: { ...editions, trixie: "2026-11-30" },
    signatures: { a: [1] },
  });
});

test("of both sides of a merge the later day is to be kept, as the refusal says", async () => {
  await writeFile(
    path,
    `{ "editions": {\n<<<<<<< HEAD\n"sid": "2026-11-30"\n=======\n"sid": "2026-11-29"\n>>>>>>> b\n} }`,
  );
  await expect(open()).rejects.toMatchObject({ code: "WRONG_USAGE", fix: containing("keep the later day") });
});

test("a folder that nobody may write to is said, and nothing else fails", async () => {
  const lock = await openLock({ PLUMBLINE_IMAGES_LOCK: join(folder, "file", "images.lock.json") });
  await writeFile(join(folder, "file"), "");
  expect(await lock.note("redis:8", A)).toContain("images.lock.json");
});

test("a file that cannot be read is made anew by the next digest once it is removed, as the refusal says", async () => {
  await writeFile(path, "{");
  await expect(open()).rejects.toMatchObject({ fix: containing("remove it: the next pull notes the digests") });
  await rm(path);
  await (await open()).note("redis:8", A);
  expect((await open()).digestOf("redis:8")).toBe(A);
});
