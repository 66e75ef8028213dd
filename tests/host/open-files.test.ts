import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFilesLimit } from "../../stack/host/open-files.ts";

const ALL = "000001ffffffffff";
/** All capabilities but CAP_SYS_RESOURCE, as a sandbox leaves them. */
const SANDBOXED = "000001fffeffffff";
const WHOLE = "         0          0 4294967295\n";

let proc = "";
beforeEach(async () => {
  proc = await mkdtemp(join(tmpdir(), "plumbline-proc-"));
});
afterEach(() => rm(proc, { recursive: true, force: true }));

async function run(id: number, comm: string, capabilities: string, users = WHOLE): Promise<void> {
  const files = {
    comm: `${comm}\n`,
    status: `Name:\t${comm}\nCapEff:\t${capabilities}\n`,
    limits:
      "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 20000                files\n",
    uid_map: users,
  };
  await mkdir(join(proc, String(id)));
  for (const [name, text] of Object.entries(files)) await writeFile(join(proc, String(id), name), text);
}

test("a daemon with all rights gives containers any number of open files", async () => {
  await run(1, "systemd", SANDBOXED);
  await run(2, "dockerd", ALL);
  expect(await openFilesLimit(proc)).toBeUndefined();
});

test("a daemon that may not raise its own limit gives no more than it has", async () => {
  await run(2, "dockerd", SANDBOXED);
  expect(await openFilesLimit(proc)).toBe(20_000);
});

test("root of a user namespace may raise nothing, whatever its capabilities say", async () => {
  await run(2, "dockerd", ALL, "         0       1000          1\n         1     100000      65536\n");
  expect(await openFilesLimit(proc)).toBe(20_000);
});

test("an engine that is not to be seen is not limited", async () => {
  await run(1, "node", SANDBOXED);
  expect(await openFilesLimit(proc)).toBeUndefined();
  expect(await openFilesLimit(join(proc, "none"))).toBeUndefined();
});
