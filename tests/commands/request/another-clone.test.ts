import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { madeElsewhere } from "../../../stack/commands/request/another-clone.ts";

let root = "";
beforeEach(async () => {
  root = await realpath(await mkdtemp(`${tmpdir()}/plumbline-clones-`));
  await mkdir(`${root}/own`);
  await mkdir(`${root}/other`);
  await symlink(`${root}/own`, `${root}/link`);
});
afterEach(() => rm(root, { recursive: true }));

const own = () => ({ root: `${root}/own` });

describe("the clones that made a stack", () => {
  test("must be those of its containers, also if they are gone, and not this one by another path", async () => {
    const folders = ["own", "link", "other", "gone"].map((name) => ({ folder: `${root}/${name}` }));
    expect(await madeElsewhere([...folders, {}], own())).toEqual([`${root}/other`, `${root}/gone`]);
  });

  test("must be known by the volumes alone after a stack was taken down, if they are still there", async () => {
    const volumes = ["own", "link", "other", "gone"].map((name) => ({ folder: `${root}/${name}` }));
    expect(await madeElsewhere([], own(), [...volumes, {}])).toEqual([`${root}/other`]);
    expect(await madeElsewhere([{ folder: `${root}/other` }], own(), volumes)).toEqual([`${root}/other`]);
  });
});
