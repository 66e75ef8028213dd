/** Faults inside the servers themselves, by SQL: more work for each statement, and a log of every statement. */
import { docker, dockerAlways } from "../docker.ts";
import type { Injected, Scene } from "../scene.ts";
import { impossible } from "./impossible.ts";
import { restart } from "./revive.ts";
import { BENCH_DATABASE } from "../../../../stack/services/kit/postgresql/names.ts";

/** How a kind of server is asked, as its administrator from inside its container. */
interface Dialect {
  /** Arguments of `docker exec` that run these statements. */
  argv(container: string, sql: readonly string[]): readonly string[];
  readonly slower: Change;
  readonly logged: Change;
}

interface Change {
  readonly detail: string;
  readonly make: readonly string[];
  /** Statements that put it back, or a restart that forgets it. */
  readonly undo: readonly string[] | "restart";
}

/** Sessions keep what they began with: they are ended, and clients and pools connect again. */
const NEW_SESSIONS = `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${BENCH_DATABASE}'`;
const ROLE = `alter role ${BENCH_DATABASE}`;

/** Settings of the benchmark's own role, for all of its sessions from then on. */
function roleChange(detail: string, settings: Readonly<Record<string, string>>): Change {
  return {
    detail,
    make: [...Object.entries(settings).map(([name, value]) => `${ROLE} set ${name} = '${value}'`), NEW_SESSIONS],
    undo: [...Object.keys(settings).map((name) => `${ROLE} reset ${name}`), NEW_SESSIONS],
  };
}

const dialects: Readonly<Record<string, Dialect>> = {
  postgres: {
    argv: (container, sql) => {
      const commands = sql.flatMap((statement) => ["-c", statement]);
      return ["exec", "--user", "postgres", container, "psql", "-qAt", "-v", "ON_ERROR_STOP=1", ...commands];
    },
    // Each statement is timed node by node and its plan is written out, into nowhere: the level is below every log.
    slower: roleChange("auto_explain times and explains every statement, and drops the text", {
      session_preload_libraries: "auto_explain",
      "auto_explain.log_min_duration": "0",
      "auto_explain.log_level": "debug5",
      "auto_explain.log_analyze": "on",
      "auto_explain.log_buffers": "on",
      "auto_explain.log_verbose": "on",
    }),
    logged: roleChange("log_statement = all, log_duration = on", { log_statement: "all", log_duration: "on" }),
  },
  mysql: {
    argv: (container, sql) => {
      const script = 'MYSQL_PWD="$(cat /run/secrets/mysql.admin)" exec mysql -u root -N -e "$1"';
      return ["exec", container, "sh", "-c", script, "sh", sql.join("; ")];
    },
    slower: {
      detail: "every instrument and consumer of the performance schema is on",
      make: [
        "update performance_schema.setup_instruments set enabled = 'YES', timed = 'YES'",
        "update performance_schema.setup_consumers set enabled = 'YES'",
      ],
      undo: "restart",
    },
    logged: {
      detail: "general_log = ON",
      make: ["set global log_output = 'FILE'", "set global general_log = ON"],
      undo: ["set global general_log = OFF"],
    },
  },
};

export function speaksSql({ name }: Scene["service"]): boolean {
  return dialects[name] !== undefined;
}

/** Stands for an image that was built with more checks: the same statements cost the server more cpu. */
export function slowServer(scene: Scene): Promise<Injected> {
  return changed(scene, "slower");
}

export function logStatements(scene: Scene): Promise<Injected> {
  return changed(scene, "logged");
}

async function changed(scene: Scene, which: "slower" | "logged"): Promise<Injected> {
  const { service, container } = scene;
  const dialect = dialects[service.name];
  if (dialect === undefined) throw impossible(`${service.name} is not asked by SQL`);
  const { detail, make, undo } = dialect[which];
  await docker(scene, dialect.argv(container.id, make));
  return {
    detail,
    undo: async () => {
      if (undo === "restart") await restart(scene);
      else await dockerAlways(scene, dialect.argv(container.id, undo));
    },
  };
}
