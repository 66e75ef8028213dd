import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { processStart, processWorld } from "../../stack/host/process-identity.mjs";

const NO_PROC = { proc: "/dev/null/proc" };

test("the start of this process must be known and stay, and there is none of a process that is not there", () => {
  const started = processStart(process.pid);
  expect(started).toMatch(/./);
  expect(processStart(process.pid)).toBe(started);
  expect(processStart(2 ** 22 + 1)).toBeUndefined();
});

test("where `ps` tells it, it must be in one zone and one language, whatever those of the reader are", async () => {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-ps-"));
  try {
    await writeFile(join(folder, "ps"), '#!/bin/sh\necho "Mon Nov 30 02:00:00 2026 in $TZ, $LC_ALL"\n');
    await chmod(join(folder, "ps"), 0o755);
    const env = { PATH: `${folder}:/usr/bin:/bin`, TZ: "Asia/Tokyo", LC_ALL: "de_DE.UTF-8" };
    expect(processStart(1, { ...NO_PROC, env })).toBe("Mon Nov 30 02:00:00 2026 in UTC, C");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("without `ps` it must be unknown", () => {
  expect(processStart(1, { ...NO_PROC, env: { PATH: "/nonexistent" } })).toBeUndefined();
});

test.runIf(process.platform === "linux")("where ids are valid must be a boot of the kernel and a namespace", () => {
  const { boot, namespace } = processWorld();
  expect(boot).toMatch(/^[0-9a-f-]{36}$/);
  expect(namespace).toMatch(/^pid:\[\d+\]$/);
});
