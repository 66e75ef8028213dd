import { open, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rotateLog } from "../../stack/records/log-file.ts";

let log = "";
beforeEach(async () => {
  log = join(await mkdtemp(join(tmpdir(), "plumbline-log-")), "dockerd.log");
});
afterEach(() => rm(join(log, ".."), { recursive: true, force: true }));

test("a log that has grown is moved aside while its process goes on writing into it", async () => {
  const writer = await open(log, "a");
  try {
    await writer.write("old lines\n");
    expect(await rotateLog(log, 5)).toBe(true);
    await writer.write("new\n");
  } finally {
    await writer.close();
  }
  expect(await readFile(log, "utf8")).toBe("new\n");
  expect(await readFile(`${log}.1`, "utf8")).toBe("old lines\n");
});

test("of older logs one is kept", async () => {
  for (const text of ["first text", "second text"]) {
    await writeFile(log, text);
    await rotateLog(log, 5);
  }
  expect(await readFile(`${log}.1`, "utf8")).toBe("second text");
});

test("a small log stays, and an absent one is no failure", async () => {
  expect(await rotateLog(log, 5)).toBe(false);
  await writeFile(log, "ok");
  expect(await rotateLog(log, 5)).toBe(false);
  expect(await readFile(log, "utf8")).toBe("ok");
});
