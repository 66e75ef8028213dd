import { rm } from "node:fs/promises";
import { afterEach, expect, test } from "vitest";
import { startCli } from "../../support/live/cli.ts";
import { SMALL } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

await describeStack("volumes that were removed by hand", () => {
  let stack: Stack;
  afterEach(() => stack.close());

  /** As `docker compose down -v` does it, which knows the volumes of compose.yaml alone. */
  const removeByHand = async (instances: readonly string[]) => {
    for (const instance of instances) {
      await stack.container(instance).remove({ force: true });
      await stack.docker.getVolume(`${stack.project}-${instance}-data`).remove();
    }
  };
  const lost = (instance: string) =>
    `${instance} starts new and empty: its volume ${stack.project}-${instance}-data, which held data, is gone`;

  test("are named by plan and by up, once, and not after a destroy that was agreed to", async () => {
    stack = await makeStack(SMALL);
    expect((await stack.up()).notes.filter((note) => note.includes("new and empty"))).toEqual([]);

    await removeByHand(["postgres", "redis-1"]);
    const args = ["--stack", stack.name, "--profile", stack.profile];
    const planned = await startCli("plan", args).ended;
    expect(planned.stdout).toContain(lost("postgres"));
    const running = stack.begin(["--no-bench"]);
    const { stdout, stderr } = await running.ended;
    for (const instance of ["postgres", "redis-1"]) {
      expect(stdout).toContain(lost(instance));
      expect(stderr).toContain(lost(instance));
    }
    expect((await stack.up()).notes.filter((note) => note.includes("new and empty"))).toEqual([]);

    await startCli("destroy", ["redis", "--stack", stack.name, "--profile", stack.profile, "--yes"]).ended;
    const { notes, plan } = await stack.up();
    expect(plan.map(({ action }) => action)).toContain("create-container");
    expect(notes.filter((note) => note.includes("new and empty"))).toEqual([]);
  });

  test("and made again by hand, as to restore a backup, are there, are used, and are not Plumbline's to remove", async () => {
    stack = await makeStack(SMALL);
    await stack.up();
    await removeByHand(["redis-1"]);
    const name = `${stack.project}-redis-1-data`;
    await stack.docker.createVolume({ Name: name });
    const args = ["--stack", stack.name, "--profile", stack.profile];
    expect((await startCli("plan", args).ended).stdout).not.toContain("is gone");
    expect((await stack.up()).notes.filter((note) => note.includes("new and empty"))).toEqual([]);
    const destroyed = await startCli("destroy", ["redis", ...args, "--yes"]).ended;
    expect(destroyed.stdout).toContain(`the volume ${name} is kept: Plumbline did not make it`);
    await stack.docker.getVolume(name).remove();
  });

  test("are told from a folder that was lost: then the volumes are there, and are named", async () => {
    stack = await makeStack(SMALL);
    await stack.up();
    await rm(stack.file(), { recursive: true });
    const error = await stack.upFails();
    expect(error.code).toBe("SECRETS_LOST");
    expect(error.why).toContain(`${stack.project}-postgres-data`);
    expect(error.why).toContain(`${stack.project}-redis-1-data`);
    expect(error.fix).toContain("postgres redis`");
  });
});
