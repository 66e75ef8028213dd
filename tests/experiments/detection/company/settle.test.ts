import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { settle, syncedWriteMs } from "./settle.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-settle-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("a disk that writes as it did has settled, and nothing is left in the folder", async () => {
  const usualMs = await syncedWriteMs(folder);
  expect(usualMs).toBeGreaterThan(0);
  await expect(settle(folder, 100 * usualMs, new AbortController().signal)).resolves.toBe(true);
  expect(await readdir(folder)).toEqual([]);
});

test("a disk that is slower than it was is waited for, and the wait ends with its signal", async () => {
  const ended = new AbortController();
  const waited = settle(folder, 0, ended.signal);
  setTimeout(() => ended.abort(), 100);
  await expect(waited).rejects.toThrow("aborted");
});
