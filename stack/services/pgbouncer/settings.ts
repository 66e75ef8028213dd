/** What a profile may give PgBouncer, and how its settings are judged together. Pure. */
import type { JudgeInput, Judgement } from "../../core/service/setting-rules.ts";
import { formatBytes } from "../../core/units.ts";
import { POOLS } from "../../core/service/workload.ts";
import { numberIn, rulesOf, severityOf } from "../kit/settings.ts";
import { CLIENT, memoryOf, SAFE_FRACTION } from "./tuning.ts";
import { SERVER } from "./upstream.ts";
import known from "./settings.json" with { type: "json" };

const ADDRESS = "the port is published on 127.0.0.1 only, and Plumbline's clients use it";
const LOGIN = "clients log in with the verifiers that PostgreSQL stores, and Plumbline keeps the passwords";
const LOG = "the engine keeps the log, where `logs` and the error messages find it";
const TLS = "the ports are inside the stack and on the loopback interface, without certificates";

/** As SHOW CONFIG of PgBouncer 1.24 lists them; kinds and ranges are those of its manual. */
export const settingRules = rulesOf({
  release: "1.24",
  lines: known,
  onOff: ["1", "0"],
  // PgBouncer reads all times as numbers with a fraction.
  fractions: /./,
  plain: (name) => name.toLowerCase(),
  owned: {
    listen_addr: ADDRESS,
    listen_port: ADDRESS,
    "unix_socket_*": "nobody else is in the container",
    "auth_*": LOGIN,
    admin_users: LOGIN,
    user: "the image's user runs it",
    job_name: "Plumbline names its containers",
    conffile: "the file is in the mounted conf folder",
    pidfile: "the container has one process",
    logfile: LOG,
    "syslog*": LOG,
    "client_tls_*": TLS,
    "server_tls_*": TLS,
    peer_id: "one pool serves the stack",
    so_reuseport: "one pool serves the stack",
    disable_pqexec: "Plumbline's console sends simple queries",
  },
  judge,
});

function judge({ settings, tuned, neighbours }: JudgeInput): readonly Judgement[] {
  const of = (name: string, fallback = 0) => numberIn(settings, name, fallback);
  return [...pools(of, neighbours.get(SERVER), tuned), ...clients(of, tuned), ...startup(settings)];
}

type Lookup = (name: string, fallback?: number) => number;

/** Each of the databases has one pool for its user; PostgreSQL must have a backend for every place in them. */
function pools(
  of: Lookup,
  server: JudgeInput["settings"] | undefined,
  { workload }: Pick<JudgeInput["tuned"], "workload">,
): readonly Judgement[] {
  if (!server) return [];
  const size = of("default_pool_size");
  const { name: limit, most } = serverLimit(of);
  const wanted = size + of("reserve_pool_size");
  const backends = POOLS * (most > 0 ? most : wanted);
  const reserved = numberIn(server, "superuser_reserved_connections", 3) + numberIn(server, "reserved_connections");
  const free = numberIn(server, "max_connections") - reserved;
  const upstream = ["max_connections", "superuser_reserved_connections", "reserved_connections"].map(
    (name) => `${SERVER}.${name}`,
  );
  if (backends > free) {
    return [
      {
        settings: ["default_pool_size", "reserve_pool_size", ...SERVER_LIMITS, ...upstream],
        severity: "refused",
        found: `${POOLS} pools that may take ${backends} backends`,
        expected: `at most the ${Math.max(0, free)} that max_connections = ${numberIn(server, "max_connections")} of PostgreSQL leaves`,
      },
    ];
  }
  const direct = numberIn(server, "max_connections") - backends;
  if (direct < workload.connections) {
    return [
      {
        settings: ["default_pool_size", "reserve_pool_size", ...SERVER_LIMITS, ...upstream],
        severity: "warned",
        found: `${POOLS} pools that may take ${backends} backends, which leave ${direct} direct connections`,
        expected: `room for the ${workload.connections} of workload.connections beside them: others are refused while all pools are full`,
      },
    ];
  }
  if (most > 0 && wanted > most) {
    return [
      {
        settings: ["default_pool_size", "reserve_pool_size", limit],
        severity: "warned",
        found: `a pool of ${wanted} where ${limit} is ${most}`,
        expected: `${limit} to be as large, since no pool grows beyond it`,
      },
    ];
  }
  return of("min_pool_size") > size
    ? [
        {
          settings: ["min_pool_size"],
          severity: "refused",
          found: "more than default_pool_size",
          expected: `at most ${size}`,
        },
      ]
    : [];
}

/** Connections of one database and of one user; each pool has its own of both. 0 is no limit. */
const SERVER_LIMITS = ["max_db_connections", "max_user_connections"] as const;

/** Returns the limit that a pool reaches first; 0 if there is none. */
function serverLimit(of: Lookup): { readonly name: string; readonly most: number } {
  const limits = SERVER_LIMITS.map((name) => ({ name, most: of(name) })).filter(({ most }) => most > 0);
  return limits.toSorted((a, b) => a.most - b.most)[0] ?? { name: SERVER_LIMITS[0], most: 0 };
}

function clients(of: Lookup, { share, workload }: JudgeInput["tuned"]): readonly Judgement[] {
  const count = of("max_client_conn");
  const { most } = serverLimit(of);
  const backends = POOLS * (most > 0 ? most : of("default_pool_size") + of("reserve_pool_size"));
  // Both ends of a client have a packet buffer, which CLIENT counts at 4 KiB.
  const connection = CLIENT + 2 * Math.max(0, of("pkt_buf", PACKET) - PACKET);
  const at = (clients: number) =>
    memoryOf({ clients, backends, statements: of("max_prepared_statements"), connection });
  const safe = SAFE_FRACTION * share.memory;
  if (at(count) > safe) {
    const fitting = Math.max(0, Math.floor((safe - at(0)) / connection));
    return [
      {
        settings: [
          "max_client_conn",
          "max_prepared_statements",
          "pkt_buf",
          "default_pool_size",
          ...SERVER_LIMITS,
          "reserve_pool_size",
        ],
        severity: severityOf(at(count), share),
        found: `${formatBytes(at(count))} for ${count} clients in a container of ${formatBytes(share.memory)}`,
        expected:
          fitting > 0
            ? `at most ${fitting} clients`
            : "a smaller pkt_buf, or fewer max_prepared_statements: not one client fits beside them",
      },
    ];
  }
  const expected = `at least the ${workload.clients} of workload.clients: the others are refused`;
  return CLIENT_LIMITS.map((name) => ({ name, limit: of(name) }))
    .filter(({ limit }) => limit > 0 && limit < workload.clients)
    .map(({ name, limit }) => ({ settings: [name], severity: "warned", found: `${name} = ${limit}`, expected }));
}

/** The application has one user and one database; 0 is no limit. */
const CLIENT_LIMITS = ["max_client_conn", "max_db_client_connections", "max_user_client_connections"];

const PACKET = 4096;

/** Drivers send it at the start, and Plumbline's own client too. */
function startup(settings: JudgeInput["settings"]): readonly Judgement[] {
  const ignored = settings.get("ignore_startup_parameters");
  if (ignored === undefined || /\bextra_float_digits\b/.test(String(ignored))) return [];
  const expected = "extra_float_digits among them: drivers send it, and would be refused";
  return [{ settings: ["ignore_startup_parameters"], severity: "refused", found: JSON.stringify(ignored), expected }];
}
