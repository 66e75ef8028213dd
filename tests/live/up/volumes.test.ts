import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { sql } from "../../support/live/clients.ts";
import { POSTGRES_ONLY } from "../../support/live/profiles.ts";
import { changesIn, describeStack, makeStack, type Stack } from "../../support/live/stack.ts";
import { onVolume } from "../../support/live/volume-shell.ts";

const DATA = "/var/lib/postgresql/pgdata";

await describeStack("up on volumes that the server cannot use", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(POSTGRES_ONLY);
    await stack.up();
    await sql(stack, "create table kept as select 'still here' as value", { database: "app" });
  });
  afterAll(() => stack.close());
  afterEach(async () => {
    expect((await stack.seen())["postgres"]?.state).toBe("exited");
  });

  const checksum = () => onVolume(stack, `cd ${DATA} && find . -type f | sort | xargs cat | sha256sum`);

  test("one of another major version is VOLUME_INCOMPATIBLE, and nothing in it changes", async () => {
    await stack.container("postgres").stop();
    await onVolume(stack, `cp ${DATA}/PG_VERSION /var/lib/postgresql/saved && echo 15 > ${DATA}/PG_VERSION`);
    const before = await checksum();
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "VOLUME_INCOMPATIBLE", exitCode: 1, processExitCode: 1 });
    expect(error.what).toContain("postgres");
    expect(error.why).toMatch(/15/);
    expect(error.fix).toMatch(/version|dump/);
    expect(await checksum()).toBe(before);
  });

  test("one that holds half a cluster is VOLUME_INCOMPLETE, and nothing in it changes", async () => {
    await onVolume(
      stack,
      `mv /var/lib/postgresql/saved ${DATA}/PG_VERSION && chown --reference=${DATA}/base ${DATA}/PG_VERSION`,
    );
    await onVolume(stack, `mv ${DATA}/global/pg_control /var/lib/postgresql/saved`);
    const before = await checksum();
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "VOLUME_INCOMPLETE", exitCode: 1, processExitCode: 1 });
    expect(error.why).toMatch(/incomplete|pg_control|not a valid data directory/);
    expect(error.fix).toMatch(/restore|remove/);
    expect(await checksum()).toBe(before);
  });

  test("once it is repaired, up finds the data again", async () => {
    await onVolume(stack, `mv /var/lib/postgresql/saved ${DATA}/global/pg_control`);
    const { plan } = await stack.up();
    expect(changesIn(plan).map(({ action }) => action)).toEqual(["start-container"]);
    expect(await sql(stack, "select value from kept", { database: "app" })).toEqual([{ value: "still here" }]);
    await stack.container("postgres").stop();
  });
});
