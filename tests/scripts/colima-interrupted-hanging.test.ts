/** A run that asks a guest which hangs, and is ended while it does. */
import { describe, expect, test } from "vitest";
import { TIMEOUT_MS, hanging } from "../support/colima/computer.ts";
import { interrupted } from "../support/colima/interrupted.ts";

describe("an interruption of a run that makes a machine", { timeout: 2 * TIMEOUT_MS }, () => {
  test("while a hanging one is stopped for a repair says that it runs on", async () => {
    const found = await hanging();
    const { why } = await interrupted(found, (said) => said.includes("repair machine"), "SIGINT");
    expect(why).toContain(`the machine ${found.machine} runs on`);
    expect(why).toContain(`npm run down -- --stack ${found.stack} --runtime colima --machine`);
  });

  test("while a guest is asked that hangs ends it soon", async () => {
    const found = await hanging();
    const { why } = await interrupted(found, () => found.engine.asked, "SIGINT");
    expect(why).not.toBe("");
  });
});
