/** Renders my.cnf: each line below its reason. */
import type { SettingValue } from "../../core/machine/facts.ts";
import { oneLine } from "../../core/printable.ts";
import { formatSetting, type Setting, type SettingUnit } from "../../core/service/setting.ts";
import { MIB } from "../../core/units.ts";

/** Lines that are the same for every size. */
const FIXED: readonly (readonly [line: string, reason: string])[] = [
  ["datadir = /var/lib/mysql", "The volume."],
  ["socket = /var/run/mysqld/mysqld.sock", "Where every image's own client looks."],
  ["pid-file = /var/run/mysqld/mysqld.pid", "A folder that belongs to the server's user."],
  ["skip_name_resolve = ON", "Container addresses have no names to look up, and each look-up would delay a connect."],
  ["secure_file_priv = NULL", "Statements cannot read or write files of the container."],
  ["loose_mysqlx = OFF", "The X plugin's port is not published: its threads and memory are saved."],
  [
    "loose_innodb_numa_interleave = OFF",
    "On by default, but containers may not set it: a warning for each chunk. Not in every build.",
  ],
  [
    "slow_query_log_file = /var/lib/mysql/slow.log",
    "On the volume: the server's user cannot write to the engine's log.",
  ],
  ["table_open_cache = 1000", "About 10 KiB each: counted as 10 MiB of the budget, not the default's 40."],
  ["table_definition_cache = 1000", "One for each table that can be open."],
  ["performance_schema_digests_size = 1000", "Saves 45 MiB; a thousand kinds of statement are enough for one stack."],
  ["performance_schema_events_statements_history_long_size = 100", "Saves 34 MiB of history that nothing here reads."],
  ["performance_schema_events_transactions_history_long_size = 100", "Saves 4 MiB."],
  ["performance_schema_events_waits_history_long_size = 100", "As above."],
  ["performance_schema_events_stages_history_long_size = 100", "As above."],
  ["performance_schema_accounts_size = 16", "Root, app, bench and a few more; 100 would hold 25 MiB."],
  ["performance_schema_hosts_size = 16", "As above."],
  ["performance_schema_users_size = 16", "As above."],
];

/** Returns my.cnf for these settings. A value is written as it will be read back, so the server rounds nothing. */
export function renderMyCnf(settings: readonly Setting[]): string {
  const fixed = FIXED.flatMap(([line, reason]) => [`# ${reason}`, line]);
  const tuned = settings.flatMap((setting) => [`# ${reasonOf(setting)}`, lineOf(setting)]);
  const client = ["[client]", "socket = /var/run/mysqld/mysqld.sock"];
  return `${["[mysqld]", ...fixed, "", ...tuned, "", ...client].join("\n")}\n`;
}

function reasonOf({ because, value, unit }: Setting): string {
  const inputs = Object.entries(because.inputs).map(([name, input]) => `${name} = ${input}`);
  const given = inputs.length > 0 ? ` (${inputs.join(", ")})` : "";
  return oneLine(`${formatSetting(value, unit)}: ${because.formula}${given}. ${because.source}`);
}

function lineOf({ name, value, unit }: Setting): string {
  // `log_bin = OFF` would write a binary log to files named OFF.
  if (name === "log_bin") return value === "ON" ? "log_bin = binlog" : "skip_log_bin";
  return `${name} = ${quoted(spell(value, unit))}`;
}

/**
 * A value ends at "#", and a backslash begins an escape, unless quoted and doubled (MySQL's manual, "Using Option
 * Files"). A value from a profile may contain any.
 */
function quoted(text: string): string {
  if (/^[\w.:/+-]+$/.test(text)) return text;
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll("\n", String.raw`\n`)}"`;
}

/** Returns a value as spelled in my.cnf and tuning.env. */
export function spell(value: SettingValue, unit: SettingUnit): string {
  const isMebibytes = unit === "bytes" && typeof value === "number" && value % MIB === 0;
  return isMebibytes ? `${value / MIB}M` : String(value);
}
