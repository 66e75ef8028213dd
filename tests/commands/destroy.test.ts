import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mib } from "../../stack/core/units.ts";
import { questionOf, removableEntries } from "../../stack/commands/destroy.ts";
import { stackFolder, type StackFolder } from "../../stack/records/folder.ts";
import { sign } from "../../stack/render/signature.ts";
import { makePipe } from "../support/host/pipe.ts";

const NOTHING = { stack: "test", containers: 0, elsewhere: [], volumes: [], entries: [], machine: false } as const;

describe("the question before a stack is destroyed", () => {
  test("names every volume with its size, and everything else that cannot be had again", () => {
    const question = questionOf({
      stack: "test",
      containers: 2,
      elsewhere: [],
      volumes: [{ name: "a", size: mib(300) }, { name: "b" }],
      entries: ["conf", "results", "secrets"],
      machine: true,
    });
    expect(question).toBe(
      "Remove the stack test for good: 2 containers; the data of a (300 MiB), b; its passwords; " +
        "the results of its benchmarks; the whole machine with its disk?",
    );
  });

  test("is not asked where nothing is lost: generated files come back", () => {
    expect(questionOf({ ...NOTHING, entries: ["compose.yaml", "conf"] })).toBeUndefined();
  });

  test("says when the stack is that of another clone", () => {
    expect(questionOf({ ...NOTHING, containers: 1, elsewhere: ["/a/.plumbline/test"] })).toBe(
      "Remove the stack test, made from /a/.plumbline/test, for good: 1 containers?",
    );
  });
});

describe("the files that go", () => {
  let project = "";
  let folder: StackFolder;
  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), "plumbline-destroy-"));
    folder = stackFolder("test", project);
    for (const name of ["conf", "results", "secrets", "engine"]) await mkdir(folder.file(name), { recursive: true });
    await writeFile(folder.lock, "{}");
    await writeFile(folder.composeFile, sign("compose.yaml", "services: {}\n"));
  });
  afterEach(() => rm(project, { recursive: true, force: true }));

  test("are all but the results, the lock that is held, and the log of an engine that runs", async () => {
    expect(await removableEntries(folder, false)).toEqual(["compose.yaml", "conf", "secrets"]);
  });

  test("include the results where that is wanted", async () => {
    expect(await removableEntries(folder, true)).toContain("results");
  });

  test("do not include a named pipe in the place of a generated file, which is not waited for", async () => {
    await rm(folder.composeFile);
    makePipe(folder.composeFile);
    expect(await removableEntries(folder, false)).toEqual(["conf", "secrets"]);
  });

  test("do not include a person's own version of a generated file", async () => {
    await writeFile(folder.composeFile, "services: {}\n");
    expect(await removableEntries(folder, false)).not.toContain("compose.yaml");
  });
});
