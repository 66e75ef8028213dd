/** The command `doctor`, where its checks come together. */
import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stackFolder } from "../../stack/records/folder.ts";
import { doctorDocument } from "../../stack/report/documents/documents.ts";
import { TIMEOUT_MS, computer } from "../support/colima/computer.ts";

test(
  "doctor names variables that Plumbline takes away from its commands, and --fix mends modes",
  { timeout: TIMEOUT_MS },
  async () => {
    const { by, made, stack } = await computer({ DOCKER_DEFAULT_PLATFORM: "linux/arm64" });
    await made();
    const { root, secrets } = stackFolder(stack);
    await mkdir(secrets, { recursive: true });
    await writeFile(join(secrets, "redis.app"), "x");
    for (const [path, mode] of [
      [join(secrets, "redis.app"), 0o644],
      [secrets, 0o755],
      [root, 0o755],
    ] as const)
      await chmod(path, mode);
    const { exitCode, document } = await by("doctor", "--profile", "minimal", "--fix");
    const { checks } = doctorDocument.parse(document);
    const of = (name: string) => checks.filter(({ check }) => check === name);
    expect(of("environment")).toMatchObject([{ status: "warning", found: expectText("DOCKER_DEFAULT_PLATFORM") }]);
    expect(of("secrets").map(({ fixed }) => fixed)).toEqual(["set to 0700", "set to 0600"]);
    expect(of("modes").map(({ fixed }) => fixed)).toEqual(["set to 0700"]);
    expect((await stat(root)).mode & 0o777).toBe(0o700);
    expect(of("clock")).toHaveLength(1);
    expect(checks.filter(({ status }) => status === "problem")).toEqual([]);
    expect(exitCode).toBe(0);
  },
);

/** Vitest's matcher has the type any. */
function expectText(part: string): unknown {
  return expect.stringContaining(part);
}
