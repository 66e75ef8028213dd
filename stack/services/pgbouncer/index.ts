import { z } from "zod";
import { CONF_MOUNT, type KnownFailure } from "../../core/service/service.ts";
import { defineService } from "../kit/define.ts";
import { openFilesFor } from "../kit/limits.ts";
import { confFiles, PORT } from "./conf.ts";
import { image } from "./image/spec.ts";
import { settingRules } from "./settings.ts";
import { needs, spell, tune } from "./tuning.ts";
import { SERVER } from "./upstream.ts";

const options = z.strictObject({
  database: z
    .string()
    .optional()
    .describe("The database that the pool leads to: that of the service postgres, and no other."),
});

/** SIGINT lets running transactions finish; none of the pool's should take longer. */
const STOP_GRACE_SECONDS = 10;

export const pgbouncer = defineService({
  name: "pgbouncer",
  title: "PgBouncer",
  options,
  configure: ({ database }) => ({
    instances: ["pgbouncer"],
    wants: [{ from: SERVER, grant: "pool", with: { database } }],
    image,
    // Whatever listen_port is, a second [pgbouncer] section without listen_addr listens on no address.
    listensAtOnce: true,
    ports: [
      {
        name: "sql",
        instance: "pgbouncer",
        container: PORT,
        defaultHostPort: PORT,
        url: {
          variable: "PGBOUNCER_URL",
          credential: `${SERVER}.app`,
          template: `postgresql://{user}:{password}@{host}:{port}/{${SERVER}.database}`,
        },
      },
    ],
    credentials: [{ name: "admin", user: "pgbouncer" }],
    needs,
    tune,
    settingRules,
    spell,
    files: confFiles,
    unsignedFiles: ["userlist.txt"],
    container: ({ settings }) => ({
      entrypoint: ["pgbouncer"],
      command: [`${CONF_MOUNT}/pgbouncer.ini`],
      environment: {},
      volumes: {},
      secrets: [],
      openFiles: openFilesFor(settings, ["max_client_conn"]),
      stopSignal: "SIGINT",
      stopGraceSeconds: STOP_GRACE_SECONDS,
    }),
    drainsClients: true,
    failures,
    live: async () => (await import("./live.ts")).live,
  }),
});

const failures: readonly KnownFailure[] = [
  {
    pattern: /cannot load config file|unknown parameter|syntax error in configuration|invalid value .* for parameter/,
    code: "SERVICE_EXITED",
    what: "PgBouncer refuses its configuration",
    fix: "check what the profile gives under services.pgbouncer.settings: the log line names the one",
  },
  {
    pattern: /could not open auth_file/,
    code: "SERVICE_EXITED",
    what: "PgBouncer cannot read its list of users",
    fix: "run the command again: it writes the conf files anew",
  },
];
