import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stackFolder, type StackFolder } from "../../stack/records/folder.ts";
import { knownVolumes, noteVolumes } from "../../stack/records/known-volumes.ts";
import { sign } from "../../stack/render/signature.ts";
import { sortFolder } from "../../stack/records/own-files.ts";

let root = "";
let folder: StackFolder;
beforeEach(async () => {
  root = await mkdtemp(`${tmpdir()}/plumbline-volumes-`);
  folder = stackFolder("test", root);
  await mkdir(folder.root, { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe("the volumes that have held data", () => {
  test("must be remembered, added to, and forgotten by name", async () => {
    expect([...(await knownVolumes(folder))]).toEqual([]);
    await noteVolumes(folder, { with: ["b-data", "a-data"] });
    await noteVolumes(folder, { with: ["c-data", "a-data"] });
    expect([...(await knownVolumes(folder))]).toEqual(["a-data", "b-data", "c-data"]);
    await noteVolumes(folder, { without: ["b-data", "unknown"] });
    expect([...(await knownVolumes(folder))]).toEqual(["a-data", "c-data"]);
  });

  test("must not be written again if nothing is new", async () => {
    await noteVolumes(folder, { with: ["a-data"] });
    const before = await stat(folder.file("volumes.yaml"), { bigint: true });
    await noteVolumes(folder, { with: ["a-data"], without: ["unknown"] });
    expect((await stat(folder.file("volumes.yaml"), { bigint: true })).ino).toBe(before.ino);
    await noteVolumes(folder, { without: ["unknown"] });
    expect((await stat(folder.file("volumes.yaml"), { bigint: true })).mtimeNs).toBe(before.mtimeNs);
  });

  test("must be in a file of Plumbline's own, which destroy removes", async () => {
    await noteVolumes(folder, { with: ["a-data"] });
    expect((await sortFolder(folder, [], { results: false })).own).toEqual(["volumes.yaml"]);
  });

  test.each(["{ a: 1 }", "[unclosed"])("must leave a person's own file as it is: %j", async (text) => {
    await writeFile(folder.file("volumes.yaml"), text);
    expect([...(await knownVolumes(folder))]).toEqual([]);
    await noteVolumes(folder, { with: ["a-data"] });
    expect(await readFile(folder.file("volumes.yaml"), "utf8")).toBe(text);
  });

  test.each(["", "{ a: 1 }", "[unclosed", "- { a: 1 }\n"])("must be none in a file that says %j", async (text) => {
    await writeFile(folder.file("volumes.yaml"), sign("volumes.yaml", text));
    expect([...(await knownVolumes(folder))]).toEqual([]);
    await noteVolumes(folder, { with: ["a-data"] });
    expect(await readFile(folder.file("volumes.yaml"), "utf8")).toMatch(/\n- a-data\n$/);
  });
});
