/** A run that makes a machine, and is ended while it does. */
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { errorDocument, type ErrorDocument } from "../../stack/report/documents/documents.ts";
import { PROJECT, TIMEOUT_MS, computer, hanging } from "../support/colima/computer.ts";

const UP = ["--runtime", "colima", "--profile", "minimal", "--no-bench", "--no-provision", "--yes"] as const;

/** Ends a run by a signal at a moment, and returns its error. */
async function interrupted(
  { start }: Pick<Awaited<ReturnType<typeof computer>>, "start">,
  until: (said: string) => boolean,
  signal: NodeJS.Signals,
): Promise<ErrorDocument["error"]> {
  const running = start("up", ...UP);
  let said = "";
  running.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await expect.poll(() => until(said), { timeout: TIMEOUT_MS }).toBe(true);
  const startedAt = performance.now();
  running.kill(signal);
  const { exitCode, stdout } = await running;
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  const { error } = errorDocument.parse(JSON.parse(stdout));
  expect([exitCode, error.code]).toEqual([130, "INTERRUPTED"]);
  return error;
}

describe("an interruption of a run that makes a machine", { timeout: 2 * TIMEOUT_MS }, () => {
  test.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "by %s while it boots ends it soon, and says what runs",
    async (signal) => {
      const found = await computer();
      found.colima.inject({ kind: "hang" });
      const { why } = await interrupted(found, () => found.colima.state(found.machine).lima !== undefined, signal);
      expect(why).toContain(`the machine ${found.machine} does not run`);
    },
  );

  test("while a hanging one is stopped for a repair says that it runs on", async () => {
    const found = await hanging();
    const { why } = await interrupted(found, (said) => said.includes("repair machine"), "SIGINT");
    expect(why).toContain(`the machine ${found.machine} runs on`);
    expect(why).toContain(`npm run down -- --stack ${found.stack} --runtime colima --machine`);
  });

  test("while its engine is waited for says that it runs on", async () => {
    const found = await computer();
    found.colima.inject({ kind: "slow-socket", delayMs: TIMEOUT_MS });
    const { why } = await interrupted(
      found,
      () => found.colima.state(found.machine).vm?.runtime === "docker",
      "SIGTERM",
    );
    expect(why).toContain(`the machine ${found.machine} runs on (Colima lists it as Running)`);
  });

  test("while a guest is asked that hangs ends it soon", async () => {
    const found = await hanging();
    const { why } = await interrupted(found, () => found.engine.asked, "SIGINT");
    expect(why).not.toBe("");
  });

  test("by a pipe that nobody reads any more, which has both outputs, ends it as well", async () => {
    const { colima, stack, machine } = await computer();
    colima.inject({ kind: "hang" });
    const command = ["node", "scripts/bootstrap.mjs", "scripts/up.ts", "--stack", stack, ...UP].join(" ");
    const line = `{ ${command}; echo "$?" > "$0"; } 2>&1 | head -n 0`;
    const file = `${colima.home}/../exit-code`;
    await execa("sh", ["-c", line, file], { cwd: PROJECT, env: colima.env, stdin: "ignore", timeout: TIMEOUT_MS });
    const { stdout } = await execa("cat", [file]);
    expect(stdout).toBe("130");
    expect(colima.state(machine).vm?.power).not.toBe("Running");
  });
});
