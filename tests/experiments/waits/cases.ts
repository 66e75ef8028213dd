/** The ways in which servers become hopeless, by service. */
import { SECRETS_MOUNT } from "../../../stack/core/service/service.ts";
import { redisCommand, sql } from "../../support/live/clients.ts";
import { COMMANDS, type WaitCase } from "./case.ts";
import { inServer, onVolumes, ownFile, readOnlyVolume } from "./harm.ts";
import { INSTANCES, profileWith } from "./profiles.ts";

const PGDATA = "/var/lib/postgresql/pgdata";
const MYSQL = `MYSQL_PWD=$(cat ${SECRETS_MOUNT}/mysql.admin) mysql -uroot -e`;

const SERVICES = ["postgres", "mysql", "redis", "rabbitmq"] as const;

/** The stack's own login, changed in the server. */
const logins: readonly WaitCase[] = [
  {
    service: "postgres",
    name: "password changed by hand",
    commands: COMMANDS,
    arrange: async (stack) => void (await sql(stack, "alter role postgres password 'another'")),
    since: "runs",
  },
  {
    service: "postgres",
    name: "database gone that the login needs",
    arrange: async (stack) => void (await sql(stack, "drop database postgres with (force)", { database: "template1" })),
    since: "runs",
  },
  {
    service: "redis",
    name: "password changed by hand",
    commands: COMMANDS,
    arrange: async (stack) => void (await redisCommand(stack, ["ACL", "SETUSER", "admin", "resetpass", ">another"])),
    since: "runs",
  },
  {
    service: "mysql",
    name: "password changed by hand",
    commands: COMMANDS,
    arrange: (stack) =>
      inServer(
        stack,
        "mysql",
        `for host in $(${MYSQL} "select host from mysql.user where user = 'root'" -N); do ${MYSQL} "alter user 'root'@'$host' identified by 'another'"; MYSQL_PWD=another mysql -uroot -e "select 1" && exit; done`,
      ),
    since: "runs",
  },
  {
    service: "rabbitmq",
    name: "password changed by hand",
    commands: COMMANDS,
    arrange: (stack) =>
      inServer(
        stack,
        "rabbitmq",
        "for user in $(rabbitmqctl -q list_users --no-table-headers | cut -f1); do rabbitmqctl -q change_password $user another; done",
      ),
    since: "runs",
  },
];

/** Files that no server can start with. */
const volumes: readonly WaitCase[] = [
  {
    service: "postgres",
    name: "volume without its data",
    arrange: (stack) => onVolumes(stack, "postgres", `rm -rf ${PGDATA}/* && echo 18 > ${PGDATA}/PG_VERSION`),
    since: "exit",
  },
  {
    service: "redis",
    name: "append-only log damaged",
    arrange: (stack) =>
      onVolumes(stack, "redis-1", "for file in $(find /data -name '*.manifest'); do echo nonsense > $file; done"),
    since: "exit",
  },
  {
    service: "mysql",
    name: "volume without its tablespace",
    arrange: (stack) =>
      onVolumes(
        stack,
        "mysql",
        "find / -xdev -false; rm -f $(find /var/lib/mysql -name 'mysql.ibd' -o -name 'ibdata1')",
      ),
    since: "exit",
  },
  {
    service: "rabbitmq",
    name: "database damaged",
    arrange: (stack) =>
      onVolumes(
        stack,
        "rabbitmq",
        "find /var/lib/rabbitmq -type f \\( -name 'schema.DAT' -o -name '*.meta' -o -name '*.wal' -o -name 'vm_*' \\) -exec sh -c 'echo nonsense > $0' {} \\;",
      ),
    since: "exit",
  },
  ...SERVICES.map((service): WaitCase => ({
    service,
    name: "volume that can only be read",
    arrange: (stack) => readOnlyVolume(stack, INSTANCES[service]),
    since: "exit",
  })),
  ...SERVICES.map((service): WaitCase => ({
    service,
    name: "files of another owner",
    arrange: (stack) =>
      onVolumes(
        stack,
        INSTANCES[service],
        "for folder in /data /var/lib/postgresql /var/lib/mysql /var/lib/rabbitmq; do [ -d $folder ] && chown -R 12345:12345 $folder && chmod -R go-rwx $folder; done; true",
      ),
    since: "exit",
  })),
];

/** What the profile gives and the server refuses. */
const settings: readonly WaitCase[] = (
  [
    ["postgres", "postgres: { settings: { shared_preload_libraries: no_such_library } }"],
    ["redis", "redis: { nodes: 1, settings: { proc-title-template: '{none}' } }"],
    ["mysql", "mysql: { settings: { no_such_variable: 1 } }"],
    ["rabbitmq", "rabbitmq: { settings: { no.such.setting: 1 } }"],
  ] as const
).map(([service, text]): WaitCase => ({
  service,
  name: "setting of the profile that it refuses",
  commands: ["up", "switch"],
  arrange: async () => undefined,
  profile: profileWith(text),
  since: "exit",
}));

/** A conf file of a person's own. */
const files: readonly WaitCase[] = (
  [
    ["postgres", "postgresql.conf", "no_such_setting = 1\n"],
    ["redis", "redis.conf", "no-such-setting 1\n"],
    ["mysql", "my.cnf", "[mysqld]\nno_such_setting = 1\n"],
    ["rabbitmq", "rabbitmq.conf", "no.such.setting = 1\n"],
    ["pgbouncer", "pgbouncer.ini", "[pgbouncer]\nno such line\n"],
  ] as const
).map(([service, file, line]): WaitCase => ({
  service,
  name: "own conf file that it refuses",
  arrange: (stack) => ownFile(stack, INSTANCES[service], file, (text) => `${text}\n${line}`),
  since: "exit",
}));

const ports: readonly WaitCase[] = (
  [
    ["postgres", "postgresql.conf", "port = 5999\n", /port 5999/],
    ["redis", "redis.conf", "port 5999\n", "runs"],
    ["mysql", "my.cnf", "[mysqld]\nport = 5999\n", /port: 5999/],
    ["rabbitmq", "rabbitmq.conf", "listeners.tcp.default = 5999\n", /started TCP listener on .*:5999/],
    ["pgbouncer", "pgbouncer.ini", "[pgbouncer]\nlisten_port = 5999\n", "runs"],
  ] as const
).map(([service, file, line, since]): WaitCase => ({
  service,
  name: "own conf file with another port",
  arrange: (stack) => ownFile(stack, INSTANCES[service], file, (text) => `${text}\n${line}`),
  since,
}));

const taken: readonly WaitCase[] = [
  {
    service: "rabbitmq",
    name: "port taken inside, by its own management",
    arrange: (stack) => ownFile(stack, "rabbitmq", "rabbitmq.conf", (text) => `${text}\nmanagement.tcp.port = 5672\n`),
    since: "exit",
  },
];

export const CASES: readonly WaitCase[] = [...logins, ...settings, ...files, ...volumes, ...ports, ...taken];
