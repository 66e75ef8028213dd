import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkCopies } from "../../stack/records/copies.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-copies-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a report must be refused before the run where a copy of it cannot be written", async () => {
  await mkdir(join(folder, "sub"));
  await expect(checkCopies({ junit: join(folder, "none", "a.xml") })).rejects.toMatchObject({ code: "WRONG_USAGE" });
  await expect(checkCopies({ markdown: join(folder, "sub") })).rejects.toMatchObject({ code: "WRONG_USAGE" });
  await expect(checkCopies({ junit: join(folder, "a.xml"), markdown: join(folder, "a.md") })).resolves.toBeUndefined();
});
