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

  test("ends the command that runs, starts no other, and answers neither with a result", async () => {
    const ending = new AbortController();
    const host = realHost(process.env, ending.signal);
    const running = host.run(["sleep", "50"], limits);
    ending.abort();
    await expect(running).rejects.toMatchObject({ code: "INTERRUPTED" });
    await expect(host.run(["true"], limits)).rejects.toMatchObject({ code: "INTERRUPTED" });
  });

  test("leaves it to a caller with a signal of its own what an ended command means", async () => {
    const host = realHost(process.env, AbortSignal.abort());
    const ended = host.run(["true"], { ...limits, signal: AbortSignal.abort() });
    expect(await ended).toMatchObject({ ended: "aborted", ok: false });
  });

  test("still runs what has a signal of its own, or none on purpose", async () => {
    const host = realHost(process.env, AbortSignal.abort());
    expect(await host.run(["true"], { ...limits, signal: undefined })).toMatchObject({ ok: true });
    expect(await host.run(["true"], { ...limits, signal: new AbortController().signal })).toMatchObject({ ok: true });
  });
});

test("no command must get the addresses of mirrors, whose logins are in a file for apt", async () => {
  const mirrors = {
    PLUMBLINE_DEBIAN_MIRROR: "https://ada:s3cret@m.test/debian",
    PLUMBLINE_DEBIAN_SECURITY_MIRROR: "s3cret",
  };
  const host = realHost({ PATH: process.env["PATH"], KEPT: "kept", ...mirrors });
  const limits = { timeoutMs: 60_000 };
  const lines: string[] = [];
  const ran = [
    await host.run(["env"], limits),
    await host.run(["env"], { ...limits, env: { ...host.env, LC_ALL: "C" } }),
    await host.run(["env"], { ...limits, line: (line) => lines.push(line) }),
  ];
  expect(ran.map(({ stdout }) => stdout.includes("KEPT=kept"))).toEqual([true, true, true]);
  expect(JSON.stringify([ran, lines])).not.toContain("s3cret");
  expect(host.env["PLUMBLINE_DEBIAN_MIRROR"]).toContain("s3cret"); // which Plumbline itself reads
});
