import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, test, type TestContext } from "vitest";

const UNATTENDED = fileURLToPath(new URL("../../../../scripts/lib/ending/unattended.mjs", import.meta.url));
const TIMEOUT_MS = 60_000;

/** Notes who is gone; without that it ends by itself, later. */
const WATCHES = `
import { writeFileSync } from "node:fs";
import { onNpmGone, onUnread } from ${JSON.stringify(UNATTENDED)};
let results = 0;
const end = (why) => { writeFileSync(process.argv[2], why); process.exit(); };
onNpmGone(() => end("npm"));
onUnread({ result: () => (results += 1) > 3 && end("result"), all: () => end("all") });
writeFileSync(process.argv[2] + ".begun", String(process.pid));
setTimeout(() => end("nobody"), 8_000);
`;

/** What a process in this line notes. `$watches` is its command, `$begun` waits until it watches. */
async function notes(
  { expect, onTestFinished }: TestContext,
  line: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-unattended-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "watches.mjs"), WATCHES);
  const noted = join(folder, "noted");
  const watches = `node ${folder}/watches.mjs ${noted}`;
  const begun = `until [ -s ${noted}.begun ]; do sleep 0.05; done`;
  await execa("bash", ["-c", line.replaceAll("$watches", watches).replaceAll("$begun", begun)], {
    env,
    timeout: TIMEOUT_MS,
    stdin: "ignore",
    reject: false,
  });
  await expect.poll(() => readFile(noted, "utf8").catch(() => ""), { timeout: TIMEOUT_MS / 2 }).not.toBe("");
  return readFile(noted, "utf8");
}

describe.skipIf(process.platform !== "linux")("a pipe", { concurrent: true, timeout: TIMEOUT_MS }, () => {
  test("of both outputs whose reader ends is noticed, although nothing is written", async (context) => {
    expect(await notes(context, "$watches 2>&1 | { $begun; }")).toBe("all");
  });

  test("of stdout alone is told apart from one of both", async (context) => {
    expect(await notes(context, "$watches 2>/dev/null | { $begun; }")).toBe("result");
  });

  test("that is passed on to another reader has one", async (context) => {
    expect(await notes(context, "$watches 2>&1 | { $begun; sleep 1; exec cat; }")).toBe("nobody");
  });

  test("that is read by a process beside, and not as its input, has a reader", async (context) => {
    expect(await notes(context, "$watches > >(exec 7<&0 0</dev/null; $begun; exec cat <&7) 2>&1")).toBe("nobody");
  });
});

describe("the npm that runs a command", { concurrent: true, timeout: TIMEOUT_MS }, () => {
  const npm = { npm_lifecycle_event: "up" };

  test("is missed when it is killed", async (context) => {
    expect(await notes(context, "{ $watches & wait; } & $begun; kill -9 $!", npm)).toBe("npm");
  });

  test("is not missed by a command that something else started", async (context) => {
    expect(await notes(context, "{ $watches & wait; } & $begun; kill -9 $!", { npm_lifecycle_event: "" })).toBe(
      "nobody",
    );
  });
});
