import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { execIn } from "../../support/live/docker.ts";
import { sql } from "../../support/live/clients.ts";
import { changesIn, describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

const POSTGRES_ONLY = `
description: one database
machine: { cpus: 2, memory: 1 GiB, disk: 10 GiB }
services:
  postgres: true
workload: { clients: 5 }
`;

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

  /** Runs a shell command on the volume of the stopped server, in a container of its own. */
  const onVolume = async (script: string): Promise<string> => {
    const { Config } = await stack.container("postgres").inspect();
    const container = await stack.docker.createContainer({
      Image: Config.Image,
      Entrypoint: ["sleep"],
      Cmd: ["60"],
      User: "0",
      HostConfig: { NetworkMode: "none", Binds: [`${stack.project}-postgres-data:/var/lib/postgresql`] },
    });
    try {
      await container.start();
      return (await execIn(container, ["sh", "-c", script])).stdout;
    } finally {
      await container.remove({ force: true, v: true });
    }
  };
  const checksum = () => onVolume(`cd ${DATA} && find . -type f | sort | xargs cat | sha256sum`);

  test("one of another major version is VOLUME_INCOMPATIBLE, and nothing in it changes", async () => {
    await stack.container("postgres").stop();
    await onVolume(`cp ${DATA}/PG_VERSION /var/lib/postgresql/saved && echo 15 > ${DATA}/PG_VERSION`);
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
      `mv /var/lib/postgresql/saved ${DATA}/PG_VERSION && chown --reference=${DATA}/base ${DATA}/PG_VERSION`,
    );
    await onVolume(`mv ${DATA}/global/pg_control /var/lib/postgresql/saved`);
    const before = await checksum();
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "VOLUME_INCOMPLETE", exitCode: 1, processExitCode: 1 });
    expect(error.why).toMatch(/incomplete|pg_control|not a valid data directory/);
    expect(error.fix).toMatch(/restore|remove/);
    expect(await checksum()).toBe(before);
  });

  test("once it is repaired, up finds the data again", async () => {
    await onVolume(`mv /var/lib/postgresql/saved ${DATA}/global/pg_control`);
    const { plan } = await stack.up();
    expect(changesIn(plan).map(({ action }) => action)).toEqual(["start-container"]);
    expect(await sql(stack, "select value from kept", { database: "app" })).toEqual([{ value: "still here" }]);
    await stack.container("postgres").stop();
  });
});
