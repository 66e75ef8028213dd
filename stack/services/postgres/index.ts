import { z } from "zod";
import { CONF_MOUNT, SECRETS_MOUNT, type KnownFailure } from "../../core/service/service.ts";
import { gib } from "../../core/units.ts";
import { PREPARES_FILES } from "../kit/capabilities.ts";
import { defineService } from "../kit/define.ts";
import { processesFor } from "../kit/limits.ts";
import { confFiles, spell } from "./conf.ts";
import { image } from "./image/spec.ts";
import { settingRules } from "./settings.ts";
import { LARGE } from "./memory.ts";
import { BENCH_DATABASE } from "../kit/postgresql/names.ts";
import { grantsOf } from "./grants.ts";
import { ADMIN_DATABASE, IDENTIFIER, IDENTIFIER_RULE, PORT, RESERVED_DATABASES } from "./names.ts";
import { pgbenchFormat } from "./tool.ts";
import { ownFiles, persisted } from "./persisted.ts";
import { needs, tune } from "./tuning.ts";

const options = z.strictObject({
  database: z
    .string()
    .regex(IDENTIFIER, IDENTIFIER_RULE)
    .refine((name) => !RESERVED_DATABASES.includes(name), "a name that neither PostgreSQL nor Plumbline uses itself")
    .default("app")
    .describe("Name of the application's database. NOTE: another name makes another, empty database."),
  durability: z
    .enum(["full", "relaxed"])
    .default("full")
    .describe("full: a commit survives a power cut; relaxed: a crash may lose the last moments, nothing gets corrupt."),
});

const SUPERUSER = "postgres";

/** A fast shutdown writes one checkpoint: at most 16 GB, the tuning's largest max_wal_size, at 300 MB/s. */
const STOP_GRACE_SECONDS = 60;

export const postgres = defineService({
  name: "postgres",
  title: "PostgreSQL",
  options,
  tools: [pgbenchFormat],
  configure: ({ database, durability }) => ({
    instances: ["postgres"],
    grants: grantsOf(database),
    image,
    ports: [
      {
        name: "sql",
        instance: "postgres",
        container: PORT,
        defaultHostPort: PORT,
        url: {
          variable: "POSTGRES_URL",
          credential: "app",
          template: `postgresql://{user}:{password}@{host}:{port}/${database}`,
        },
      },
    ],
    credentials: [
      { name: "admin", user: SUPERUSER, key: true },
      { name: "app", user: "app" },
      { name: "bench", user: BENCH_DATABASE },
    ],
    makesVolumes: true,
    data: {
      decides: 1,
      move:
        `Dump with the old server (docker exec {container} pg_dumpall -U ${SUPERUSER} > dump.sql), then \`npm run destroy -- postgres\`, ` +
        `\`npm run up\`, and docker exec -i {container} psql -U ${SUPERUSER} < dump.sql`,
    },
    needs,
    tune: (input) => tune(input, durability),
    settingRules,
    spell,
    files: confFiles,
    container: ({ share, settings }) => ({
      command: ["postgres", "-c", `config_file=${CONF_MOUNT}/postgresql.conf`],
      environment: {
        POSTGRES_USER: SUPERUSER,
        POSTGRES_PASSWORD_FILE: `${SECRETS_MOUNT}/postgres.admin`,
        POSTGRES_DB: ADMIN_DATABASE,
        PGDATA: "/var/lib/postgresql/pgdata",
        // The same cluster from every image: a collation that no library update changes, and checksums.
        POSTGRES_INITDB_ARGS: "--data-checksums --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8",
      },
      volumes: { "/var/lib/postgresql": "data" },
      secrets: ["postgres.admin"],
      // The official entry point sets the modes of folders that are the server's user's.
      capabilities: PREPARES_FILES,
      processes: processesFor(settings, ["max_connections", "max_worker_processes"]),
      // An upper limit for the segments of parallel queries, not a reservation: they count towards the memory limit.
      // There are only two sizes, because another one takes a new container.
      shmSize: share.memory < LARGE ? gib(1) : LARGE,
      stopSignal: "SIGINT",
      stopGraceSeconds: STOP_GRACE_SECONDS,
    }),
    failures,
    persisted,
    ownFiles,
    live: async () => (await import("./live.ts")).live(database),
  }),
});

const failures: readonly KnownFailure[] = [
  {
    pattern: /database files are incompatible with server|volume of major version \d+, server is \d+/,
    code: "VOLUME_INCOMPATIBLE",
    what: "the data volume was written by another major version of PostgreSQL",
    fix: "use the image of that version, or dump the data there and restore it into a new volume",
  },
  {
    pattern:
      /volume incomplete|is not a valid data directory|could not locate a valid checkpoint record|could not find the database system/,
    code: "VOLUME_INCOMPLETE",
    what: "the data volume holds no complete PostgreSQL cluster",
    fix: "restore it from a snapshot, or start with an empty database: `npm run destroy -- postgres`",
  },
  {
    pattern: /No space left on device/,
    code: "DISK_FULL",
    what: "PostgreSQL cannot write: no space left",
    fix: "free space where volumes are kept, or enlarge the machine's disk",
  },
  {
    pattern: /configuration file ".*" contains errors|unrecognized configuration parameter/,
    code: "SERVICE_EXITED",
    what: "PostgreSQL refuses its configuration",
    fix: "check what the profile gives under services.postgres.settings: the log line names the one",
  },
  {
    pattern: /could not map anonymous shared memory|could not resize shared memory segment/,
    code: "SERVICE_EXITED",
    what: "PostgreSQL did not get its shared memory",
    fix: "give the machine more memory, or a smaller shared_buffers in the profile",
  },
];
