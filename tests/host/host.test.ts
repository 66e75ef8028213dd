import { execFileSync } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { realHost } from "../../stack/host/host.ts";

const NOBODY = fileURLToPath(new URL("../support/host/nobody.ts", import.meta.url));

test.runIf(process.getuid?.() === 0)("a user id without a name and a home must not be an error", () => {
  const said = execFileSync(process.execPath, ["--import", "tsx", NOBODY], { encoding: "utf8", timeout: 60_000 });
  expect(JSON.parse(said)).toEqual({ home: "/", isRoot: false });
});

test("a file that is written must have its mode, and its folders too, whatever the umask is", async () => {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-host-"));
  const before = process.umask(0);
  try {
    await realHost().write(join(folder, "a", "file"), "text");
    await realHost().makeFolder(join(folder, "b"));
  } finally {
    process.umask(before);
  }
  const modes = ["a", "a/file", "b"].map(async (path) => (await stat(join(folder, path))).mode & 0o777);
  expect(await Promise.all(modes)).toEqual([0o755, 0o644, 0o755]);
  await rm(folder, { recursive: true, force: true });
});
