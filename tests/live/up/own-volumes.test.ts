/** Volumes and networks that a person's override file names as Plumbline names its own. */
import { readFile, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { afterEach, expect, test } from "vitest";
import { startCli } from "../../support/live/cli.ts";
import { SMALL } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

await describeStack("a person's own volume with a name like Plumbline's", () => {
  let stack: Stack;
  afterEach(() => stack.close());

  test("stays through down and destroy, and is named", async () => {
    stack = await makeStack(SMALL);
    await stack.up();
    const names = ["uploads", "uploads-data"].map((key) => `${stack.project}-${key}`);
    const override = `
services:
  uploads:
    image: ${(await stack.container("redis-1").inspect()).Config.Image}
    entrypoint: ["sleep", "600"]
    volumes: ["uploads:/one", "uploads-data:/two"]
volumes:
  uploads: { name: "${names[0] ?? ""}" }
  uploads-data: { name: "${names[1] ?? ""}" }
`;
    await writeFile(stack.file("compose.override.yaml"), override);
    const files = ["compose.yaml", "compose.override.yaml"].flatMap((name) => ["--file", stack.file(name)]);
    await execa("docker", ["compose", "--project-name", stack.project, ...files, "up", "--detach", "uploads"]);

    const args = ["--stack", stack.name, "--profile", stack.profile];
    const down = await startCli("down", args).ended;
    for (const name of names) expect(down.stdout).toContain(`the volume ${name} is kept`);
    const destroyed = await startCli("destroy", [...args, "--yes"]).ended;
    expect(destroyed.exitCode).toBe(0);
    for (const name of names) expect(destroyed.stdout).toContain(`the volume ${name} is kept`);
    expect(await stack.volumes()).toEqual(names.toSorted());
    expect(await readFile(stack.file("compose.override.yaml"), "utf8")).toBe(override);
  });
});
