import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WAIT_DEADLINE_MS } from "../../../stack/converge/execution/wait.ts";
import { SMALL } from "../../support/live/profiles.ts";
import { changesIn, describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

/** A wait that went on to its deadline takes longer than this; one that ends at once takes a hundredth. */
const AT_ONCE_MS = WAIT_DEADLINE_MS / 10;

await describeStack("up with a server that exits at once", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(SMALL);
  });
  afterAll(() => stack.close());
  const failing = async () => {
    const startedAt = performance.now();
    const error = await stack.upFails();
    return { error, durationMs: performance.now() - startedAt };
  };

  test("a value that it refuses ends the wait with its last lines, and the other services stay as they are", async () => {
    await stack.setProfile(
      SMALL.replace("redis: { nodes: 1 }", "redis: { nodes: 1, settings: { proc-title-template: '{none}' } }"),
    );
    const { error, durationMs } = await failing();
    expect(error).toMatchObject({ code: "SERVICE_EXITED", exitCode: 1, processExitCode: 1 });
    expect(error.what).toContain("redis-1");
    expect(error.what).toContain("proc-title-template = {none} from the profile");
    expect(error.fix).toMatch(/\.yaml:\d+:\d+: services\.redis\.settings\.proc-title-template/);
    expect(error.done).toContainEqual(expect.objectContaining({ action: "create-container" }));
    expect(durationMs).toBeLessThan(AT_ONCE_MS);

    await stack.setProfile(SMALL);
    expect((await stack.up()).proof.containers).toBe(3);
  });

  test("so does a library of the profile that is not there, which is named with its place in the profile", async () => {
    const before = await stack.seen();
    await stack.setProfile(
      `${SMALL}\n`.replace("postgres: true", "postgres: { settings: { shared_preload_libraries: no_such_library } }"),
    );
    const { error, durationMs } = await failing();
    expect(error).toMatchObject({ code: "SERVICE_EXITED", exitCode: 1, processExitCode: 1 });
    expect(error.what).toContain("shared_preload_libraries = no_such_library from the profile");
    expect(error.fix).toMatch(/\.yaml:\d+:\d+: services\.postgres\.settings\.shared_preload_libraries/);
    expect(durationMs).toBeLessThan(AT_ONCE_MS);
    await stack.setProfile(SMALL);
    expect((await stack.up()).proof.containers).toBe(3);
    expect((await stack.seen())["redis-1"]).toEqual(before["redis-1"]);
  });

  test("so does a conf file of a person's own that it refuses, when it is restarted", async () => {
    const file = stack.file("conf", "postgres", "postgresql.conf");
    const generated = await readFile(file, "utf8");
    await writeFile(file, `# mine\nno_such_setting = 1\n${generated}`);
    await stack.container("postgres").stop();
    const before = await stack.seen();
    const { error, durationMs } = await failing();
    expect(error).toMatchObject({ code: "SERVICE_EXITED", exitCode: 1, processExitCode: 1 });
    expect(error.why).toContain("no_such_setting");
    expect(error.why).not.toContain("ready to accept connections"); // the words of an earlier start
    expect(durationMs).toBeLessThan(AT_ONCE_MS);
    const after = await stack.seen();
    expect([after["redis-1"], after["pgbouncer"]]).toEqual([before["redis-1"], before["pgbouncer"]]);

    await writeFile(file, generated);
    const { plan } = await stack.up();
    expect(changesIn(plan).map(({ action }) => action)).toEqual(["start-container"]);
  });
});
