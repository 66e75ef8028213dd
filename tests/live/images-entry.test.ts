/** What the entry points of built images do with volumes and signals. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { obtainImages } from "../../stack/images/obtain.ts";
import { openEngine } from "../../stack/docker/engine.ts";
import { image as mysql } from "../../stack/services/mysql/image/spec.ts";
import { image as pgbouncer } from "../../stack/services/pgbouncer/image/spec.ts";
import { image as postgres } from "../../stack/services/postgres/image/spec.ts";
import { image as rabbitmq } from "../../stack/services/rabbitmq/image/spec.ts";
import { image as redis } from "../../stack/services/redis/image/spec.ts";
import { BECOMES_USER, PREPARES_FILES } from "../../stack/services/kit/capabilities.ts";
import { docker, ended, eventually, logs, state } from "../support/images/docker.ts";
import { known } from "../support/images/matching.ts";

const SPECS = { postgres, mysql, redis, rabbitmq, pgbouncer } as const;
type Name = keyof typeof SPECS;

/** As in the services' containers. */
const CAPABILITIES: Readonly<Record<Name, readonly string[]>> = {
  postgres: PREPARES_FILES,
  mysql: PREPARES_FILES,
  redis: BECOMES_USER,
  rabbitmq: PREPARES_FILES,
  pgbouncer: [],
};

/** Takes everything from a container that a service's container does not have. */
const confined = (service: Name) => [
  "--security-opt=no-new-privileges:true",
  "--cap-drop=ALL",
  ...CAPABILITIES[service].map((name) => `--cap-add=${name}`),
];

const PASSWORD = String.raw`it's \a "pass" word`;
const NAME = `images-entry-test-${process.pid}`;
const READY_DEADLINE_MS = 60_000;
const GRACE_SECONDS = 30;

/** The image, where its volume goes, what it runs, and a command inside that succeeds once it serves. */
const SERVERS: Readonly<
  Record<
    Name,
    {
      readonly volume: string;
      readonly run: readonly string[];
      readonly command: readonly string[];
      readonly ready: readonly string[];
    }
  >
> = {
  postgres: {
    volume: "/var/lib/postgresql",
    run: [
      "--env=POSTGRES_USER=admin",
      "--env=POSTGRES_DB=app",
      "--env=POSTGRES_PASSWORD_FILE=/run/secrets/postgres.admin",
    ],
    command: ["postgres", "-c", "config_file=/etc/plumbline/postgresql.conf"],
    ready: [
      "sh",
      "-c",
      `PGPASSWORD="$(cat /run/secrets/postgres.admin)" psql -h 127.0.0.1 -U admin -d app -Atc 'select current_user'`,
    ],
  },
  mysql: {
    volume: "/var/lib/mysql",
    run: ["--env", "MYSQL_ROOT_PASSWORD_FILE=/run/secrets/mysql.admin"],
    command: ["mysqld", "--defaults-file=/etc/plumbline/my.cnf"],
    ready: [
      "sh",
      "-c",
      `MYSQL_PWD="$(cat /run/secrets/mysql.admin)" mysql --host="$(hostname -i)" --user=root --skip-column-names --execute='select current_user()'`,
    ],
  },
  redis: {
    volume: "/data",
    run: [],
    command: ["redis-server", "/etc/plumbline/redis.conf"],
    ready: ["sh", "-c", "redis-cli ping | grep PONG"],
  },
  rabbitmq: {
    volume: "/var/lib/rabbitmq",
    run: ["--hostname", "rabbitmq"],
    command: ["rabbitmq-server"],
    ready: ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/5672"],
  },
  pgbouncer: {
    volume: "/unused",
    run: [],
    command: ["pgbouncer", "/etc/plumbline/pgbouncer.ini"],
    ready: ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/6432"],
  },
};

const CONF: Readonly<Record<string, string>> = {
  "postgresql.conf": "listen_addresses = '*'\n",
  "my.cnf": "[mysqld]\ninnodb_buffer_pool_size = 64M\nmysqlx = OFF\n",
  "redis.conf": "dir /data\nappendonly yes\n",
  "pgbouncer.ini":
    "[databases]\n* = host=127.0.0.1\n[pgbouncer]\nlisten_addr = *\nlisten_port = 6432\nauth_type = any\n",
};

let folder: string;
const images = new Map<string, string>();
const made = { containers: new Set<string>(), volumes: new Set<string>() };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-entry-"));
  await mkdir(join(folder, "conf"));
  for (const [name, text] of Object.entries(CONF)) await writeFile(join(folder, "conf", name), text);
  await writeFile(join(folder, "password"), PASSWORD, { mode: 0o600 });
  const outcomes = await obtainImages(new Map(Object.entries(SPECS)), {
    engine: await openEngine(process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock"),
    policy: "debian",
    report: () => {},
    signal: new AbortController().signal,
  });
  for (const [service, outcome] of outcomes) {
    if (!outcome.ok) throw new Error(`${service}: ${outcome.reason}`);
    images.set(service, outcome.image.reference);
  }
}, 600_000);

afterEach(async () => {
  if (made.containers.size > 0) await docker("rm", "--force", "--volumes", ...made.containers);
  if (made.volumes.size > 0) await docker("volume", "rm", ...made.volumes);
  made.containers.clear();
  made.volumes.clear();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function volume(): Promise<string> {
  const name = `${NAME}-${made.volumes.size + 1}-${Date.now()}`;
  await docker("volume", "create", name);
  made.volumes.add(name);
  return name;
}

/** Starts a service as compose.yaml would, on a volume that may hold anything. */
async function start(service: Name, data: string): Promise<string> {
  const { volume: mount, run, command } = SERVERS[service];
  const name = `${NAME}-${service}-${made.containers.size + 1}`;
  made.containers.add(name);
  const mounts = [
    `--volume=${data}:${mount}`,
    `--volume=${join(folder, "conf")}:/etc/plumbline:ro`,
    `--volume=${join(folder, "password")}:/run/secrets/${service}.admin:ro`,
  ];
  const options = [...confined(service), ...mounts, ...run];
  await docker("run", "--detach", "--name", name, ...options, known(images.get(service)), ...command);
  return name;
}

/** Runs a shell script as root on a volume, where the service's data goes. */
function prepare(service: Name, data: string, script: string): Promise<string> {
  const mount = `${data}:${SERVERS[service].volume}`;
  return docker("run", "--rm", "--volume", mount, "--entrypoint", "sh", known(images.get(service)), "-ec", script);
}

const ready = (service: Name, container: string) => eventually(container, SERVERS[service].ready, READY_DEADLINE_MS);

describe.each(["postgres", "mysql", "redis", "rabbitmq", "pgbouncer"] as const)("%s", (service) => {
  test("starts on an empty volume without root's rights, ends cleanly when asked to, and starts again on its data", async () => {
    const container = await start(service, await volume());
    await ready(service, container);
    expect(await docker("exec", container, "sh", "-c", "grep ^Uid: /proc/1/status")).not.toMatch(/\b0\b/);
    expect(await docker("exec", container, "sh", "-c", "tr '\\0' ' ' </proc/1/cmdline")).not.toContain("pass");
    expect(await docker("inspect", container)).not.toContain("pass\\");
    expect((await docker("exec", container, "find", "/dev/shm", "-type", "f", "-name", "*.??????")).trim()).toBe("");

    const before = Date.now();
    await docker("stop", "--time", String(GRACE_SECONDS), container);
    expect(Date.now() - before).toBeLessThan(GRACE_SECONDS * 1000);
    expect(await state(container)).toEqual({ running: false, exitCode: 0 });

    await docker("start", container);
    await ready(service, container);
  });
});

describe.each(["postgres", "mysql", "redis", "rabbitmq"] as const)("%s", (service) => {
  test("killed at any moment of its first start, starts by itself the next time", async () => {
    const container = await start(service, await volume());
    for (const momentMs of [150, 500, 1_200]) {
      await sleep(momentMs);
      await docker("kill", "--signal", "KILL", container);
      await docker("start", container);
    }
    await ready(service, container);
    expect(await logs(container)).not.toContain("plumbline:");
  });
});

describe("A volume that is not fit is refused with the reason, and not touched", () => {
  test.each([
    ["postgres", "mkdir pgdata && echo x >pgdata/file", "volume incomplete: /var/lib/postgresql/pgdata"],
    [
      "postgres",
      "mkdir -p pgdata/global && echo 18 >pgdata/PG_VERSION && echo x >pgdata/global/pg_control",
      "volume incomplete:",
    ],
    ["postgres", "mkdir pgdata && echo 15 >pgdata/PG_VERSION", "volume of major version 15, server is 18"],
    ["mysql", "echo x >ibdata1", "volume incomplete: /var/lib/mysql"],
    [
      "mysql",
      `echo '{"file_format":"1","upgrade_history":[{"version":"8.4.10"}]}' >mysql_upgrade_history`,
      "volume of major version 8, server is 9",
    ],
    ["rabbitmq", "mkdir mnesia", "volume incomplete: /var/lib/rabbitmq"],
    ["rabbitmq", "echo 3 >.plumbline-major", "volume of major version 3, server is 4"],
  ] as const)("%s: %s", async (service, script, line) => {
    const data = await volume();
    const list = "find . -type f -exec sha256sum {} + | sort";
    await prepare(service, data, `cd ${SERVERS[service].volume}; ${script}`);
    const before = await prepare(service, data, `cd ${SERVERS[service].volume}; ${list}`);
    const result = await ended(await start(service, data));
    expect(result.exitCode).toBe(1);
    expect(result.logs).toContain(`plumbline: ${line}`);
    const after = await prepare(service, data, `cd ${SERVERS[service].volume}; ${list}`);
    expect(after).toBe(before);
  });
});

test("a missing password is one clear line, and the volume stays empty", async () => {
  for (const service of ["postgres", "mysql"] as const) {
    const data = await volume();
    const name = `${NAME}-${service}-nopassword`;
    made.containers.add(name);
    const mounts = [
      "--volume",
      `${data}:${SERVERS[service].volume}`,
      "--volume",
      `${join(folder, "conf")}:/etc/plumbline:ro`,
    ];
    const options = [...confined(service), ...mounts];
    await docker(
      "run",
      "--detach",
      "--name",
      name,
      ...options,
      known(images.get(service)),
      ...SERVERS[service].command,
    );
    const result = await ended(name);
    expect(result).toMatchObject({ exitCode: 1 });
    expect(result.logs.trim()).toMatch(/^plumbline: no password: \w+_PASSWORD_FILE is not set, missing or empty$/);
    expect((await prepare(service, data, `ls -A ${SERVERS[service].volume}`)).trim()).toBe("");
  }
});

test("a volume of another image, with other user numbers, is given to the server's user", async () => {
  const data = await volume();
  const first = await start("postgres", data);
  await ready("postgres", first);
  await docker("stop", "--time", String(GRACE_SECONDS), first);
  await prepare("postgres", data, "chown -R 4321:4321 /var/lib/postgresql");
  await ready("postgres", await start("postgres", data));
});

test("the cookie of RabbitMQ is the volume's own and readable by its user only", async () => {
  const cookies: string[] = [];
  for (const data of [await volume(), await volume()]) {
    const container = await start("rabbitmq", data);
    cookies.push(await eventually(container, ["cat", "/var/lib/rabbitmq/.erlang.cookie"], READY_DEADLINE_MS));
    expect((await docker("exec", container, "stat", "-c", "%a %U", "/var/lib/rabbitmq/.erlang.cookie")).trim()).toBe(
      "400 rabbitmq",
    );
  }
  expect(new Set(cookies).size).toBe(2);
});
