/** Renders PgBouncer's conf files. Pure. */
import { controlIn, oneLine } from "../../core/printable.ts";
import { CONF_MOUNT, type ConfFile, type ContainerInput } from "../../core/service/service.ts";
import { type Credential } from "../../core/service/credential.ts";
import type { Setting } from "../../core/service/setting.ts";
import { BENCH_DATABASE } from "../kit/postgresql/names.ts";
import { SERVER, upstreamOf, type Upstream } from "./upstream.ts";
import { spell } from "./tuning.ts";

/** The pool's port inside its container. */
export const PORT = 6432;

/**
 * Returns the files of one instance. They hold the same verifiers that PostgreSQL stores instead of passwords, so that
 * the pool can pass logins through.
 */
export function confFiles({ settings, credentials, neighbours }: ContainerInput): readonly ConfFile[] {
  const upstream = upstreamOf(neighbours);
  const admin = credentials("pgbouncer", "admin");
  const users = [admin, ...upstream.credentials.map((name) => credentials(SERVER, name))];
  return [
    { path: "pgbouncer.ini", text: pgbouncerIni(settings, upstream, admin) },
    { path: "userlist.txt", text: users.map(userLine).join(""), identity: true },
  ];
}

function pgbouncerIni(settings: readonly Setting[], { host, port, database }: Upstream, admin: Credential): string {
  const tuned = settings.map(({ name, value, because }) => {
    const inputs = Object.entries(because.inputs).map(([letter, input]) => `${letter} = ${input}`);
    const reason = oneLine([because.formula, ...inputs].join("; "));
    return `; ${reason}\n; source: ${because.source}\n${name} = ${restOfLine(spell(value))}\n`;
  });
  return `[databases]
; PostgreSQL is looked up when a client comes, so that neither waits for the other's start.
${database} = host=${host} port=${port} dbname=${database}
${BENCH_DATABASE} = host=${host} port=${port} dbname=${BENCH_DATABASE}

[pgbouncer]
listen_addr = *
listen_port = ${PORT}
; Nobody else is in the container.
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${CONF_MOUNT}/userlist.txt
admin_users = ${admin.user}
; Drivers send it at the start; it changes how floats are printed and PostgreSQL's default is exact since 12.
ignore_startup_parameters = extra_float_digits

${tuned.join("\n")}`;
}

/** The file has no quotes and no escapes: a value is the rest of its line, whatever is in it. Throws if it is more. */
function restOfLine(text: string): string {
  const control = controlIn(text);
  if (control !== undefined) throw new Error(`pgbouncer.ini cannot hold a value with ${control}`);
  return text;
}

/** Throws for what the file cannot hold, as above. */
function userLine({ user, scramSha256 }: Credential): string {
  return `${inQuotes(user)} ${inQuotes(scramSha256)}\n`;
}

/** In the list of users a quote inside quotes is doubled. */
function inQuotes(text: string): string {
  return `"${restOfLine(text).replaceAll('"', '""')}"`;
}
