import { afterEach, expect, test } from "vitest";
import { openEngine } from "../../../stack/docker/engine.ts";
import { sql } from "../../support/live/clients.ts";
import { POSTGRES_ONLY } from "../../support/live/profiles.ts";
import { changesIn, describeStack, makeStack, type Stack } from "../../support/live/stack.ts";
import { onVolume } from "../../support/live/volume-shell.ts";

const ADDRESS = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const DATA = "/var/lib/postgresql/pgdata";

await describeStack("a first start that is ended before the server has answered", () => {
  let stack: Stack;
  afterEach(() => stack.close());

  /** Kills the run and the server, and leaves what an entry point leaves that takes the first files for a cluster. */
  const kill = async () => {
    stack = await makeStack(POSTGRES_ONLY);
    const running = stack.begin(["--no-bench"]);
    await running.reaches("server", async () => (await stack.seen())["postgres"]?.state === "running");
    running.signal("SIGKILL");
    await running.ended;
    await stack.container("postgres").kill();
    await onVolume(stack, `mkdir -p ${DATA} && rm -rf ${DATA}/* && echo 18 > ${DATA}/PG_VERSION`);
  };

  test("is made anew by the next up, and what is then written stays", async () => {
    await kill();
    const { plan } = await stack.up();
    const engine = await openEngine(ADDRESS);
    if ((await stack.up()).plan.length > 0) expect.fail("the second plan is not empty");
    expect(changesIn(plan).map(({ action }) => action)).toContain("renew-volumes");
    expect(await engine.firstStarts.unfinished(stack.project)).toEqual([]);

    await sql(stack, "create table kept as select 'still here' as value", { database: "app" });
    await stack.container("postgres").kill();
    await stack.up();
    expect(await sql(stack, "select value from kept", { database: "app" })).toEqual([{ value: "still here" }]);
  });

  test("is made anew after down, too", async () => {
    await kill();
    await stack.container("postgres").remove({ force: true });
    expect(changesIn((await stack.up()).plan).map(({ action }) => action)).toContain("renew-volumes");
  });

  test("keeps a volume whose mark is lost: then nobody knows what it holds", async () => {
    await kill();
    await stack.docker.getVolume(`${stack.project}-postgres-data.unfinished`).remove();
    expect(await stack.upFails()).toMatchObject({ code: "VOLUME_INCOMPLETE" });
  });
});

await describeStack("a server that refuses the stack's own login", () => {
  let stack: Stack;
  afterEach(() => stack.close());

  test("ends the wait at once, with the volume's name, and keeps the data", async () => {
    stack = await makeStack(POSTGRES_ONLY);
    await stack.up();
    const asApp = { database: "app", user: "app", credential: "postgres.app" };
    await sql(stack, "create table kept as select 'still here' as value", asApp);
    await sql(stack, "alter role postgres password 'another'");
    // A run that waited to the deadline of a wait would be ended by that of a test's command.
    const error = await stack.upFails();
    expect(error).toMatchObject({ code: "LOGIN_REFUSED", processExitCode: 1 });
    expect(error.why).toContain(`${stack.project}-postgres-data`);
    expect(await sql(stack, "select value from kept", asApp)).toEqual([{ value: "still here" }]);
  });
});
