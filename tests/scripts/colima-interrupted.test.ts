/** A run that makes a machine, and is ended while it does. */
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { PROJECT, TIMEOUT_MS, computer } from "../support/colima/computer.ts";
import { UP, interrupted } from "../support/colima/interrupted.ts";

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
