/** MySQL: one server, with InnoDB sized to its container. */
import { z } from "zod";
import { CONF_MOUNT, SECRETS_MOUNT, type KnownFailure } from "../../core/service/service.ts";
import { PREPARES_FILES } from "../kit/capabilities.ts";
import { defineService } from "../kit/define.ts";
import { processesFor } from "../kit/limits.ts";
import { renderMyCnf, spell } from "./conf.ts";
import { grants } from "./grants.ts";
import { image } from "./image/spec.ts";
import { LOGS, mysqlNeeds } from "./memory.ts";
import { settingRules } from "./settings.ts";
import { ownFiles } from "./own-files.ts";
import { persisted } from "./persisted.ts";
import { tuneMysql } from "./tuning.ts";

const options = z.strictObject({
  database: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/, "lower-case letters, digits and underscores, at most 63, a letter first")
    .refine((name) => !["mysql", "sys", "information_schema", "performance_schema", "plumbline_bench"].includes(name), {
      error: "a name that neither MySQL nor Plumbline uses itself",
    })
    .default("app")
    .describe("Database that is made for the application, and owned by its user."),
  durability: z
    .enum(["full", "relaxed"])
    .default("full")
    .describe(
      "full: a commit is on disk when it is answered. relaxed: up to a second of commits can be lost in a crash.",
    ),
  binaryLog: z
    .boolean()
    .default(false)
    .describe("Writes the binary log, for replication and change capture. Costs a second flush for each commit."),
});

const failures: readonly KnownFailure[] = [
  {
    pattern: /volume of major version|Invalid MySQL server (?:up|down)grade|MY-0141?6[01]\b|Cannot (?:up|down)grade/,
    code: "VOLUME_INCOMPATIBLE",
    what: "MySQL's volume was written by another version",
    fix: "Use the image that wrote it, or export the data with it and give up the volume: `npm run destroy -- mysql`",
  },
  {
    pattern:
      /volume incomplete|data directory has files in it|initialisation failed|Data Dictionary initialization failed/,
    code: "VOLUME_INCOMPLETE",
    what: "MySQL's volume holds no complete data directory",
    fix: "If it holds nothing of yours, `npm run destroy -- mysql` removes it, and the next start makes a new one",
  },
  {
    pattern: /No space left on device|OS errno 28\b|Disk is full/,
    code: "DISK_FULL",
    what: "MySQL cannot write: the disk is full",
    fix: "Free space where the engine keeps its volumes",
  },
  {
    pattern: /unknown (?:variable|option)|ambiguous option|Unknown suffix|Can't start server/,
    code: "SERVICE_EXITED",
    what: "MySQL refused its configuration",
    fix: "Read the lines above; what the profile gives under services.mysql.settings goes into my.cnf as it is",
  },
];

export const mysql = defineService({
  name: "mysql",
  title: "MySQL",
  options,
  configure: (chosen) => ({
    instances: ["mysql"],
    grants,
    image,
    ports: [
      {
        name: "sql",
        instance: "mysql",
        container: 3306,
        defaultHostPort: 3306,
        url: {
          variable: "MYSQL_URL",
          credential: "app",
          template: `mysql://{user}:{password}@{host}:{port}/${chosen.database}`,
        },
      },
    ],
    credentials: [
      { name: "admin", user: "root", key: true },
      { name: "app", user: "app" },
      { name: "bench", user: "plumbline_bench" },
    ],
    makesVolumes: true,
    data: {
      decides: 2,
      move:
        `Dump with the old server (docker exec {container} sh -c 'MYSQL_PWD=$(cat ${SECRETS_MOUNT}/mysql.admin) mysqldump -uroot --databases ${chosen.database}' > dump.sql), ` +
        `then \`npm run destroy -- mysql\`, \`npm run up\`, and docker exec -i {container} sh -c 'MYSQL_PWD=$(cat ${SECRETS_MOUNT}/mysql.admin) mysql -uroot' < dump.sql`,
    },
    needs: (input) => ({ ...mysqlNeeds(input), logs: chosen.binaryLog ? LOGS.withBinaryLog : LOGS.redoOnly }),
    tune: (input) => tuneMysql(input, chosen),
    settingRules,
    spell,
    files: ({ settings }) => [{ path: "my.cnf", text: renderMyCnf(settings) }],
    container: ({ settings }) => ({
      // Identity only: a tunable on the command line would shadow every live change.
      command: ["mysqld", `--defaults-file=${CONF_MOUNT}/my.cnf`],
      environment: { MYSQL_ROOT_PASSWORD_FILE: `${SECRETS_MOUNT}/mysql.admin`, MYSQL_ROOT_HOST: "%" },
      volumes: { "/var/lib/mysql": "data" },
      secrets: ["mysql.admin"],
      capabilities: PREPARES_FILES,
      processes: processesFor(settings, ["max_connections"]),
      stopGraceSeconds: 30,
    }),
    failures,
    persisted,
    ownFiles,
    live: async () => (await import("./live.ts")).mysqlLive(chosen),
  }),
});
