import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { observeFiles, writeGenerated } from "../../stack/converge/files.ts";
import { stackFolder, type StackFolder } from "../../stack/records/folder.ts";
import { sign } from "../../stack/render/signature.ts";
import { makePipe } from "../support/host/pipe.ts";

const PATH = "conf/store-1/store.conf";
const TEXT = sign(PATH, "cache = 1\n");

let root = "";
let folder: StackFolder;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "plumbline-files-"));
  folder = stackFolder("mine", root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const stateOf = async (text = TEXT) => (await observeFiles(folder, new Map([[PATH, text]]))).get(PATH);
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
const read = (path: string) => readFile(folder.file(path), "utf8");

async function leave(text: string): Promise<void> {
  await mkdir(dirname(folder.file(PATH)), { recursive: true });
  await writeFile(folder.file(PATH), text);
}

describe("a generated file", () => {
  test("must be absent, then the same, then outdated when another is wanted", async () => {
    expect(await stateOf()).toBe("absent");
    await writeGenerated(folder, PATH, TEXT, false);
    expect(await stateOf()).toBe("same");
    expect(await stateOf(sign(PATH, "cache = 2\n"))).toBe("outdated");
  });

  test("must be written as it is where it is bytes, and is the same only where every byte is", async () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0);
    const stateOfBytes = async () => (await observeFiles(folder, new Map([[PATH, bytes]]))).get(PATH);
    expect(await stateOfBytes()).toBe("absent");
    await writeGenerated(folder, PATH, bytes, false);
    expect(new Uint8Array(await readFile(folder.file(PATH)))).toEqual(bytes);
    expect(await stateOfBytes()).toBe("same");
    await writeGenerated(folder, PATH, Uint8Array.of(0xff, 0xfd, 0), false);
    expect(await stateOfBytes()).toBe("outdated");
  });

  test("must be seen as edited or as a person's own", async () => {
    await leave(`${TEXT}more = 1\n`);
    expect(await stateOf()).toBe("edited");
    await leave("cache = 1\n");
    expect(await stateOf()).toBe("foreign");
  });

  test("must be readable by the servers' own users, whatever the umask is", async () => {
    const umask = process.umask(0o077);
    try {
      await writeGenerated(folder, PATH, TEXT, false);
    } finally {
      process.umask(umask);
    }
    expect((await stat(folder.file(PATH))).mode & 0o777).toBe(0o644);
    expect((await stat(dirname(folder.file(PATH)))).mode & 0o777).toBe(0o755);
  });

  test("must lie in folders that others cannot change, below one that they cannot enter, with an umask of 0 too", async () => {
    const umask = process.umask(0);
    try {
      await writeGenerated(folder, PATH, TEXT, false);
      await writeGenerated(folder, "tuning.env", sign("tuning.env", "A=1\n"), false);
    } finally {
      process.umask(umask);
    }
    expect(await modeOf(folder.root)).toBe(0o700);
    for (const path of ["conf", dirname(PATH)]) expect(await modeOf(folder.file(path)), path).toBe(0o755);
    for (const path of [PATH, "tuning.env"]) expect(await modeOf(folder.file(path)), path).toBe(0o644);
  });

  test("must be refused at once where a named pipe has its place", async () => {
    await mkdir(dirname(folder.file(PATH)), { recursive: true });
    makePipe(folder.file(PATH));
    await expect(stateOf()).rejects.toMatchObject({ code: "FILE_NOT_OURS" });
  });

  test("must be replaced and not written into: whoever has it open sees the whole old text", async () => {
    await writeGenerated(folder, PATH, TEXT, false);
    const before = await stat(folder.file(PATH));
    await writeGenerated(folder, PATH, sign(PATH, "cache = 2\n"), false);
    expect((await stat(folder.file(PATH))).ino).not.toBe(before.ino);
    expect(await read(PATH)).toBe(sign(PATH, "cache = 2\n"));
  });

  test("must be alone in its folder after it was written", async () => {
    await writeGenerated(folder, PATH, TEXT, false);
    expect(await readdir(dirname(folder.file(PATH)))).toEqual(["store.conf"]);
  });

  test("must leave nothing beside it when it cannot be put in its place", async () => {
    await mkdir(folder.file(PATH), { recursive: true });
    await expect(writeGenerated(folder, PATH, TEXT, false)).rejects.toMatchObject({ code: "FILE_NOT_OURS" });
    expect(await readdir(dirname(folder.file(PATH)))).toEqual(["store.conf"]);
  });

  test("must be written after a run that was killed in between", async () => {
    await leave("old");
    await writeFile(`${folder.file(PATH)}.new`, "half");
    await writeGenerated(folder, PATH, TEXT, false);
    expect(await readdir(dirname(folder.file(PATH)))).toEqual(["store.conf"]);
    expect(await read(PATH)).toBe(TEXT);
  });

  test("that a person edited must be kept beside the new one", async () => {
    await leave("mine\n");
    await writeGenerated(folder, PATH, TEXT, true);
    expect(await read(PATH)).toBe(TEXT);
    expect(await read(`${PATH}.edited`)).toBe("mine\n");
  });
});

describe("a file that cannot be written", () => {
  test("must be FILE_NOT_OURS where a folder has the place of what is written first, and the folder stays", async () => {
    await mkdir(`${folder.file(PATH)}.new`, { recursive: true });
    await expect(writeGenerated(folder, PATH, TEXT, false)).rejects.toMatchObject({ code: "FILE_NOT_OURS" });
    expect(await readdir(dirname(folder.file(PATH)))).toEqual(["store.conf.new"]);
  });

  test("must be FILE_NOT_OURS where something else has its place", async () => {
    await mkdir(folder.file(PATH), { recursive: true });
    await expect(writeGenerated(folder, PATH, TEXT, false)).rejects.toMatchObject({ code: "FILE_NOT_OURS" });
    await rm(folder.file("conf"), { recursive: true });
    await writeFile(folder.file("conf"), "a file where a folder must be");
    await expect(writeGenerated(folder, PATH, TEXT, false)).rejects.toMatchObject({ code: "FILE_NOT_OURS" });
  });

  test.skipIf(process.getuid?.() === 0)("must be FILE_NOT_OURS where another user owns the folder", async () => {
    await mkdir(dirname(folder.file(PATH)), { recursive: true });
    await chmod(dirname(folder.file(PATH)), 0o555);
    await expect(writeGenerated(folder, PATH, TEXT, false)).rejects.toMatchObject({ code: "FILE_NOT_OURS" });
  });
});
