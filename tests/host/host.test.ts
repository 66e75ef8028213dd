import { execFileSync } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
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

describe("a host whose run is ended", () => {
  const limits = { timeoutMs: 60_000 };

  test("ends the command that runs, and starts no other", async () => {
    const ending = new AbortController();
    const host = realHost(process.env, ending.signal);
    const running = host.run(["sleep", "50"], limits);
    ending.abort();
    expect(await running).toMatchObject({ ended: "aborted" });
    expect(await host.run(["true"], limits)).toMatchObject({ ended: "aborted", ok: false });
  });

  test("still runs what has a signal of its own, or none on purpose", async () => {
    const host = realHost(process.env, AbortSignal.abort());
    expect(await host.run(["true"], { ...limits, signal: undefined })).toMatchObject({ ok: true });
    expect(await host.run(["true"], { ...limits, signal: new AbortController().signal })).toMatchObject({ ok: true });
  });
});
