/** Settings that servers keep in their volumes, and that override what the plan wants or keep them from starting. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { execIn } from "../../support/live/docker.ts";
import { sql } from "../../support/live/clients.ts";
import { POSTGRES_ONLY } from "../../support/live/profiles.ts";
import { changesIn, describeStack, makeStack, type Stack } from "../../support/live/stack.ts";
import { onVolume } from "../../support/live/volume-shell.ts";

const AUTO = "/var/lib/postgresql/pgdata/postgresql.auto.conf";

/** `up` must put it right, say where it came from, keep the data, and have nothing to do afterwards. */
async function putRightIn(stack: Stack, origin: RegExp, keepsData: () => Promise<void>) {
  const changes = changesIn((await stack.up()).plan);
  expect(changes.filter(({ action }) => action === "reset-persisted").map(({ cause }) => cause)).toEqual([
    expect.stringMatching(origin),
  ]);
  await keepsData();
  expect((await stack.up()).plan).toEqual([]);
  return changes.map(({ action }) => action);
}

await describeStack("what ALTER SYSTEM has written", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(POSTGRES_ONLY);
    await stack.up();
    await sql(stack, "create table kept as select 'still here' as value", { database: "app" });
  });
  afterAll(() => stack.close());

  const shell = async (script: string) => (await execIn(stack.container("postgres"), ["sh", "-c", script])).stdout;
  const putRight = (origin: RegExp) =>
    putRightIn(stack, origin, async () => {
      expect(await sql(stack, "select value from kept", { database: "app" })).toEqual([{ value: "still here" }]);
    });

  test("and a restart made effective is reset by the server, which is then restarted once", async () => {
    await sql(stack, "alter system set max_connections = '50'");
    await stack.container("postgres").restart();
    expect(await putRight(/ALTER SYSTEM set max_connections = 50/)).toEqual(["reset-persisted", "restart-container"]);
  });

  test("and waits for a restart is reset without one", async () => {
    await sql(stack, "alter system set max_connections = '50'");
    expect(await putRight(/ALTER SYSTEM set max_connections = 50/)).toEqual(["reset-persisted"]);
  });

  test.each([
    ["more memory than there is", "shared_buffers = '100GB'", /shared_buffers = 100GB \(the plan wants/],
    ["a library that is not there", "shared_preload_libraries = 'no_such_library'", /no_such_library/],
    ["a certificate that is not there", "ssl = 'on'", /ssl = on/],
    ["a line that nobody can read", "max_connections = = 5", /line \d+ of postgresql.auto.conf cannot be read/],
  ])(
    "with %s, so that the server does not start, is taken out of the file before the start",
    async (_, line, origin) => {
      await shell(`echo "${line.replaceAll('"', "")}" >> ${AUTO}`);
      await stack.container("postgres").restart();
      const actions = await putRight(origin);
      expect(actions.slice(0, 2)).toEqual(expect.arrayContaining(["reset-persisted"]));
      expect(await shell(`cat ${AUTO}.before-*`)).toContain(line);
      await shell(`rm ${AUTO}.before-*`);
    },
  );

  test.each([
    ["an empty postmaster.pid", "/var/lib/postgresql/pgdata/postmaster.pid", ""],
    ["a postmaster.pid of zero bytes", "/var/lib/postgresql/pgdata/postmaster.pid", String.raw`\0\0\0\0`],
    ["an empty lock of the socket", "/var/run/postgresql/.s.PGSQL.5432.lock", ""],
  ])("beside %s: that is mended before the start", async (_, path, text) => {
    await shell(`printf '${text}' > ${path}`);
    await stack.container("postgres").kill();
    expect(await putRight(/names no process/)).toEqual(["reset-persisted", "start-container"]);
    await shell(`rm -f ${path}.before-*`);
  });

  test.each(["1", "57"])("beside a postmaster.pid of a process that is gone (%s) is nothing to mend", async (pid) => {
    await shell(`sed -i '1s/.*/${pid}/' /var/lib/postgresql/pgdata/postmaster.pid`);
    await stack.container("postgres").kill();
    expect(changesIn((await stack.up()).plan).map(({ action }) => action)).toEqual(["start-container"]);
    expect((await stack.up()).plan).toEqual([]);
  });

  test("beside an empty postmaster.pid after down: the start that fails shows it", async () => {
    await stack.container("postgres").kill();
    await onVolume(stack, "printf '' > /var/lib/postgresql/pgdata/postmaster.pid");
    await stack.container("postgres").remove({ force: true });
    expect(await putRight(/names no process/)).toEqual(["create-container", "reset-persisted", "start-container"]);
  });

  test("is reset after down, too", async () => {
    await shell(`echo "shared_buffers = '100GB'" >> ${AUTO}`);
    await stack.container("postgres").remove({ force: true });
    expect(await putRight(/shared_buffers = 100GB/)).toContain("create-container");
  });

  test.each(["port = 5433", "listen_addresses = 'localhost'"])(
    "keeps the server from being reached (%s): the wait ends, and it is reset",
    async (line) => {
      await shell(`echo "${line}" >> ${AUTO}`);
      await stack.container("postgres").remove({ force: true });
      const actions = await putRight(/ALTER SYSTEM set (port|listen_addresses)/);
      expect(actions).toEqual(["create-container", "reset-persisted", "restart-container"]);
    },
  );

  test("is left alone if the plan does not own it, and the server works with it", async () => {
    await sql(stack, "alter system set log_min_messages = 'info'");
    expect((await stack.up()).plan).toEqual([]);
    expect(await shell(`cat ${AUTO}`)).toContain("log_min_messages");
  });
});

const MYSQL_ONLY = `
description: one database
machine: { cpus: 2, memory: 2 GiB, disk: 10 GiB }
services:
  mysql: true
workload: { clients: 5 }
`;

const AUTO_CNF = "/var/lib/mysql/mysqld-auto.cnf";

await describeStack("what SET PERSIST has written", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await makeStack(MYSQL_ONLY);
    await stack.up();
    await statement("create table app.kept select 'still here' as value");
  });
  afterAll(() => stack.close());

  const shell = async (script: string) => (await execIn(stack.container("mysql"), ["sh", "-c", script])).stdout;
  const statement = (text: string) =>
    shell(`MYSQL_PWD=$(cat /run/secrets/mysql.admin) mysql --protocol=tcp -h127.0.0.1 -uroot -N -e "${text}"`);
  const putRight = (origin: RegExp) =>
    putRightIn(stack, origin, async () => {
      expect(await statement("select value from app.kept")).toBe("still here\n");
    });

  test("is reset by the server, which gets the planned value without a restart", async () => {
    await statement("set persist max_connections = 7");
    expect(await putRight(/SET PERSIST set max_connections = 7/)).toEqual(["reset-persisted", "apply-settings"]);
    expect(await shell(`cat ${AUTO_CNF}`)).not.toContain("max_connections");
  });

  test("for the next start alone is reset before that", async () => {
    await statement("set persist_only innodb_buffer_pool_chunk_size = 1048576");
    expect(await putRight(/SET PERSIST set innodb_buffer_pool_chunk_size = 1048576/)).toEqual(["reset-persisted"]);
  });

  test.each([
    ["a damaged file", () => shell(`echo '{ "Version' > ${AUTO_CNF}`), /is no JSON/],
    ["an empty file", () => shell(`: > ${AUTO_CNF}`), /is no JSON/],
    [
      "more memory than there is",
      () => statement("set persist_only innodb_buffer_pool_size = 107374182400"),
      /innodb_buffer_pool_size = 107374182400 \(the plan wants/,
    ],
  ])("with %s, so that the server does not start, is mended before the start", async (_, spoil, origin) => {
    await spoil();
    await stack.container("mysql").restart();
    const actions = await putRight(origin);
    expect(actions).toContain("reset-persisted");
    await shell(`rm -f ${AUTO_CNF}.before-*`);
  });

  test("keeps Plumbline's clients out: the wait ends, and it is reset", async () => {
    await statement("set persist require_secure_transport = on");
    await stack.container("mysql").remove({ force: true });
    const actions = await putRight(/SET PERSIST set require_secure_transport = ON/);
    expect(actions).toEqual(["create-container", "reset-persisted", "restart-container"]);
  });

  test("keeps the application from writing, and is undone without a restart", async () => {
    await statement("set persist super_read_only = on");
    expect(await putRight(/SET PERSIST set .*super_read_only = ON/)).toEqual(["reset-persisted"]);
    await statement("create table app.written as select 1 as one; drop table app.written");
    expect(await statement("select @@global.super_read_only, @@global.read_only")).toBe("0\t0\n");
  });

  test.each([
    ["a damaged auto.cnf", "/var/lib/mysql/auto.cnf", "[auto]\\nserver-uuid=1c9c0d3e", /no server_uuid/],
    ["an empty lock of the socket", "/var/run/mysqld/mysqld.sock.lock", "", /names no process/],
  ])("beside %s: that is mended before the start", async (_, path, text, origin) => {
    await shell(`printf '${text}' > ${path}`);
    await stack.container("mysql").kill();
    expect(await putRight(origin)).toEqual(["reset-persisted", "start-container"]);
    await shell(`rm -f ${path}.before-*`);
  });

  test("is left alone if the plan does not own it", async () => {
    await statement("set persist sql_require_primary_key = on");
    expect((await stack.up()).plan).toEqual([]);
    expect(await shell(`cat ${AUTO_CNF}`)).toContain("sql_require_primary_key");
  });
});
