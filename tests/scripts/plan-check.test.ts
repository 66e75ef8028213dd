import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorDocument, planDocument } from "../../stack/report/documents/documents.ts";
import { FakeColima } from "../support/fake-colima/fake.ts";
import { PROJECT } from "../support/core/sources.ts";

const TIMEOUT_MS = 60_000;

const profileOf = (connections: number) => `extends: minimal
services:
  postgres: { settings: { max_connections: ${connections} } }
`;

describe("plan --check", { timeout: TIMEOUT_MS }, () => {
  let colima: FakeColima;
  let folder = "";
  beforeAll(async () => {
    colima = await FakeColima.create();
    folder = await mkdtemp(join(tmpdir(), "plumbline-plan-check-"));
    await writeFile(join(folder, "good.yaml"), profileOf(100));
    await writeFile(join(folder, "refused.yaml"), profileOf(10_000));
  });
  afterAll(async () => {
    await colima.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const plan = (profile: string, ...args: readonly string[]) =>
    execa(
      "node",
      ["scripts/bootstrap.mjs", "scripts/plan.ts", join(folder, profile), "--runtime", "colima", "--json"].concat(args),
      { cwd: PROJECT, env: { ...colima.env }, reject: false, stdin: "ignore", timeout: TIMEOUT_MS },
    );

  test("says that changes are pending, of a profile that `up` would carry out", async () => {
    const { exitCode, stdout } = await plan("good.yaml", "--check");
    expect([exitCode, planDocument.parse(JSON.parse(stdout)).exitCode]).toEqual([6, 6]);
  });

  test("ends as `up` would, of a profile that it refuses", async () => {
    const { exitCode, stdout } = await plan("refused.yaml", "--check");
    const { error } = errorDocument.parse(JSON.parse(stdout));
    expect([exitCode, error.code, error.exitCode]).toEqual([2, "PROFILE_INVALID", 2]);
    expect(error.why).toMatch(/refused\.yaml:3:\d+: services\.postgres\.settings\.max_connections: /);
  });

  test("is what refuses: without it the plan is shown, and why `up` would not carry it out", async () => {
    const { exitCode, stdout } = await plan("refused.yaml");
    const { actions, notes } = planDocument.parse(JSON.parse(stdout));
    expect(exitCode).toBe(0);
    expect(actions).not.toEqual([]);
    expect(notes).toContainEqual(expect.stringMatching(/max_connections: .*; `up` refuses it$/));
  });
});
