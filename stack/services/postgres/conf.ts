/** Renders PostgreSQL's conf files. Pure. */
import type { SettingValue } from "../../core/machine/facts.ts";
import { oneLine } from "../../core/printable.ts";
import { CONF_MOUNT, type ConfFile, type ContainerInput } from "../../core/service/service.ts";
import type { Setting, SettingUnit } from "../../core/service/setting.ts";
import { KIB, MIB } from "../../core/units.ts";

/** Returns the files of one instance. All tunables are in postgresql.conf; on the command line they would shadow it. */
export function confFiles({ settings }: ContainerInput): readonly ConfFile[] {
  return [
    { path: "postgresql.conf", text: postgresqlConf(settings) },
    { path: "pg_hba.conf", text: PG_HBA, identity: true },
  ];
}

/** Returns a value as spelled in the conf file and tuning.env: "204MB", "4032kB", "on". */
export function spell(value: SettingValue, unit: SettingUnit): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  // A number below 0 has a meaning of its own, such as "off", and no unit.
  if (typeof value === "string" || value < 0) return String(value);
  switch (unit) {
    case "bytes":
      if (value % MIB === 0 && value > 0) return `${value / MIB}MB`;
      // A few settings count in bytes; a large size that is no multiple is one of a formula, and loses nothing.
      return value % KIB !== 0 && value < MIB ? `${value}B` : `${Math.floor(value / KIB)}kB`;
    case "ms":
      return `${value}ms`;
    case "s":
      return `${value}s`;
    case "count":
    case "ratio":
    case "text":
      return String(value);
  }
}

function postgresqlConf(settings: readonly Setting[]): string {
  const lines = settings.map(({ name, value, unit, because }) => {
    const inputs = Object.entries(because.inputs).map(([letter, input]) => `${letter} = ${input}`);
    const reason = [because.formula, ...inputs].join("; ");
    return `# ${oneLine(reason)}\n# source: ${because.source}\n${name} = ${quote(spell(value, unit))}\n`;
  });
  return `${FIXED}\n${lines.join("\n")}`;
}

/**
 * Quotes what is neither a number, a whole number with a unit, nor a word. Inside quotes a quote is doubled, and a
 * backslash begins an escape (PostgreSQL's guc-file.l). A value from a profile may contain any.
 */
function quote(text: string): string {
  if (/^(?:[+-]?\d+(?:[A-Za-z]*|\.\d+)|[A-Za-z_][\w.-]*)$/.test(text)) return text;
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll("'", "''")
    .replaceAll("\n", String.raw`\n`);
  return `'${escaped}'`;
}

const FIXED = `# Listens on the container's network; the host publishes the port on 127.0.0.1 only.
listen_addresses = '*'
hba_file = '${CONF_MOUNT}/pg_hba.conf'
password_encryption = scram-sha-256
timezone = 'UTC'
log_timezone = 'UTC'

# io_method stays at the server's default, worker: io_uring is blocked by the containers' seccomp profile, and
# PostgreSQL 17 does not know the setting.
`;

const PG_HBA = `# Over TCP every role proves its password; the socket inside the container trusts only the server's own user.
# TYPE DATABASE USER ADDRESS METHOD
local all postgres peer
local all all scram-sha-256
host all all all scram-sha-256
`;
