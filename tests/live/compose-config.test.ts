/** The generated compose.yaml is plain: Compose itself accepts it, without Plumbline. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { runCommand } from "../../stack/host/run.ts";
import { listProfiles } from "../../stack/records/profiles.ts";
import { composeFiles } from "../../stack/render/compose.ts";
import { renderStack } from "../../stack/render/stack.ts";
import { desiredOf, profileOf, shippedStack } from "../support/core/stack.ts";

const timeoutMs = 60_000;
const profiles = await listProfiles();

const COMMANDS: readonly (readonly string[])[] = [["docker", "compose"], ["docker-compose"]];
const compose = await findCompose();
if (!compose) process.stderr.write("compose-config is skipped: neither `docker compose` nor docker-compose answers\n");

async function findCompose(): Promise<readonly string[] | undefined> {
  for (const command of COMMANDS) {
    if ((await runCommand([...command, "version"], { timeoutMs })).ok) return command;
  }
  return undefined;
}

const canonical = z.object({
  name: z.string(),
  services: z.record(z.string(), z.looseObject({ command: z.array(z.string()).nullish(), restart: z.string() })),
});

describe.skipIf(!compose)("docker compose config", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "plumbline-compose-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function config(text: string, ...flags: readonly string[]) {
    const file = join(folder, "compose.yaml");
    await writeFile(file, text);
    return runCommand([...(compose ?? []), "-f", file, "config", ...flags], { timeoutMs });
  }

  test.for(profiles)("must accept the stack of %s without a word", async (name) => {
    const text = renderStack(await shippedStack(name), composeFiles).get("compose.yaml") ?? "";
    expect(await config(text, "-q")).toMatchObject({ ok: true, stdout: "", stderr: "" });
  });

  test("must read what was meant: no restarts, and a dollar sign as it is", async () => {
    const desired = desiredOf(profileOf({ services: { store: { mode: "${HOME}" } } }), { stack: "mine" });
    const { ok, stdout } = await config(renderStack(desired, composeFiles).get("compose.yaml") ?? "");
    expect(ok).toBe(true);
    const read = canonical.parse(parse(stdout));
    expect(read.name).toBe("plumbline-mine");
    // What Compose prints is a compose file again, with the dollar sign doubled.
    expect(read.services["store-1"]?.command?.[1]).toBe("--mode=$${HOME}");
    expect(read.services["store-1"]?.restart).toBe("no");
  });
});
