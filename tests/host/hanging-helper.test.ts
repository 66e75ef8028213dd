import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { realHost } from "../../stack/host/host.ts";
import { registryCredentials } from "../../stack/host/registry-credentials.ts";

/** Longer than the test, and shorter than the deadline of a helper. */
const TIMEOUT_MS = 25_000;
const HELPER = `#!/bin/sh
trap '' TERM INT HUP
echo $$ > "$DOCKER_CONFIG/asked"
while :; do sleep 1; done
`;

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-helper-"));
  await writeFile(join(folder, "config.json"), JSON.stringify({ credsStore: "hangs" }));
  await writeFile(join(folder, "docker-credential-hangs"), HELPER, { mode: 0o755 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a credential helper that hangs and ignores signals is gone with the run", { timeout: TIMEOUT_MS }, async () => {
  const ending = new AbortController();
  const env = { ...process.env, DOCKER_CONFIG: folder, PATH: `${folder}:${process.env["PATH"] ?? ""}` };
  const found = registryCredentials(realHost(env, ending.signal))("a.example");
  await expect.poll(() => textOf("asked"), { timeout: TIMEOUT_MS }).toMatch(/^\d+\n$/);
  found.catch(() => undefined); // heard below
  ending.abort();
  await expect(found).rejects.toMatchObject({ code: "INTERRUPTED" });
  expect(isAlive(Number(await textOf("asked")))).toBe(false);
});

async function textOf(name: string): Promise<string> {
  const path = join(folder, name);
  return existsSync(path) ? readFile(path, "utf8") : "";
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
