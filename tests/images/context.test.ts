import { chmod, mkdir, mkdtemp, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contextFiles, copyContext } from "../../stack/images/context.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-context-"));
  for (const path of ["Dockerfile", "spec.ts", "src/main.ts", "src/spec.ts"]) await write(path, path);
  for (const ignored of ["node_modules", "target", "__pycache__", ".git"]) {
    await write(`${ignored}/a`, "a");
    await write(`src/${ignored}/deep/b`, "b");
  }
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

const paths = async (of = folder) => (await contextFiles(of)).map(({ path }) => path);
const identity = async () => JSON.stringify(await contextFiles(folder));

describe("The files of a build", () => {
  test("are all of its folder but what tools leave there and the declaration beside the Dockerfile", async () => {
    expect(await paths()).toEqual(["Dockerfile", "src/main.ts", "src/spec.ts"]);
  });

  test("are identified by their contents, bytes that are no text included", async () => {
    const seen = new Set([await identity()]);
    for (const bytes of [
      [0xff, 0xfe],
      [0xff, 0xfd],
    ]) {
      await write("logo.bin", Uint8Array.from(bytes));
      seen.add(await identity());
    }
    await write("src/main.ts", "another");
    seen.add(await identity());
    expect(seen.size).toBe(4);
  });

  test("are identified by what a link points to, and by being executable", async () => {
    const before = await identity();
    await symlink("main.ts", join(folder, "src/link.ts"));
    const linked = await identity();
    await chmod(join(folder, "src/main.ts"), 0o755);
    expect(new Set([before, linked, await identity()]).size).toBe(3);
  });

  test("are what the copy holds, with modes and links, and nothing else", async () => {
    await symlink("main.ts", join(folder, "src/link.ts"));
    await chmod(join(folder, "src/main.ts"), 0o755);
    const copy = join(folder, "..", `${folder.split("/").at(-1)}-copy`);
    try {
      await copyContext(folder, copy);
      expect(await contextFiles(copy)).toEqual(await contextFiles(folder));
      expect((await stat(join(copy, "src/main.ts"))).mode & 0o777).toBe(0o755);
      expect(await readlink(join(copy, "src/link.ts"))).toBe("main.ts");
      await expect(stat(join(copy, "src/node_modules"))).rejects.toMatchObject({ code: "ENOENT" });
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  });
});
