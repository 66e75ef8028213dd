/** What a profile may give MySQL, and how its settings are judged together. Pure. */
import type { JudgeInput, Judgement, SettingSpec } from "../../core/service/setting-rules.ts";
import { diskRules } from "../kit/disk-rules.ts";
import { isAbbreviated, numberIn, rulesOf, unreportedText } from "../kit/settings.ts";
import { memoryRules } from "./memory-rules.ts";
import known from "./settings.json" with { type: "json" };

const ADDRESS = "the port is published on 127.0.0.1 only, and Plumbline's clients use it";
const FILES = "its files are on the volume and in the mounted conf folder";
const LOGIN = "every login proves its password, and Plumbline keeps the passwords";
const WRITES = "Plumbline creates users and databases";
const TLS = "the port is on the loopback interface, and Plumbline's clients use no TLS";

const OWNED: Readonly<Record<string, string>> = {
  port: ADDRESS,
  bind_address: ADDRESS,
  skip_networking: ADDRESS,
  "admin_*": ADDRESS,
  "mysqlx*": "the X plugin's port is not published",
  socket: "Plumbline's own steps use the socket",
  datadir: FILES,
  basedir: FILES,
  pid_file: FILES,
  plugin_dir: FILES,
  "innodb_data_*": FILES,
  innodb_log_group_home_dir: FILES,
  innodb_undo_directory: FILES,
  innodb_temp_data_file_path: FILES,
  innodb_temp_tablespaces_dir: FILES,
  innodb_doublewrite_dir: FILES,
  innodb_directories: FILES,
  log_bin_index: FILES,
  secure_file_priv: "statements may not read or write files of the container",
  lower_case_table_names: "it is decided when the volume is made",
  user: "the image's user owns the volume",
  chroot: FILES,
  daemonize: "the container ends with its server",
  log_error: "the engine keeps the log, where `logs` and the error messages find it",
  read_only: WRITES,
  super_read_only: WRITES,
  innodb_read_only: WRITES,
  offline_mode: WRITES,
  transaction_read_only: WRITES,
  disabled_storage_engines: WRITES,
  skip_grant_tables: LOGIN,
  authentication_policy: LOGIN,
  init_file: LOGIN,
  require_secure_transport: TLS,
  "ssl_*": TLS,
  "tls_*": TLS,
  innodb_dedicated_server: "sizes follow from the container's share, not from the machine",
};

/** As performance_schema.variables_metadata of MySQL 9.7 lists them, without what is no option of the server. */
export const settingRules = rulesOf({
  release: "9.7",
  lines: known,
  onOff: ["ON", "OFF"],
  plain: (name) => name.toLowerCase().replaceAll("-", "_"),
  owned: OWNED,
  readings: readingsOf,
  abbreviates: true,
  tolerances: {
    sql_mode: { kind: "set", separator: ",", reason: "the server sorts the modes" },
    log_output: { kind: "set", separator: ",", reason: "the server sorts them" },
    optimizer_switch: { kind: "part", reason: "the server reports all switches" },
    optimizer_trace: { kind: "part", reason: "the server reports all switches" },
    optimizer_trace_features: { kind: "part", reason: "the server reports all switches" },
  },
  forms: { sql_mode: { expected: "modes of MySQL, divided by commas", read: sqlMode } },
  // InnoDB and the binary log count in pages of 4 KiB, packets in steps of 1 KiB.
  sizeStep: 4096,
  others: optionOnly,
  judge,
});

/** Modes that stand for several (MySQL 8.4 manual, "Combination SQL Modes"). */
const COMBINED: Readonly<Record<string, readonly string[]>> = {
  ANSI: ["REAL_AS_FLOAT", "PIPES_AS_CONCAT", "ANSI_QUOTES", "IGNORE_SPACE", "ONLY_FULL_GROUP_BY", "ANSI"],
  TRADITIONAL: [
    "STRICT_TRANS_TABLES",
    "STRICT_ALL_TABLES",
    "NO_ZERO_IN_DATE",
    "NO_ZERO_DATE",
    "ERROR_FOR_DIVISION_BY_ZERO",
    "TRADITIONAL",
    "NO_ENGINE_SUBSTITUTION",
  ],
};

function sqlMode(text: string): string | undefined {
  const modes = text
    .toUpperCase()
    .split(",")
    .map((mode) => mode.trim())
    .filter((mode) => mode !== "");
  if (modes.some((mode) => !/^[A-Z_]+$/.test(mode))) return undefined;
  return [...new Set(modes.flatMap((mode) => COMBINED[mode] ?? [mode]))].join(",");
}

/** Options that are no variable, and those of plugins and components, which check them themselves. */
const OPTION =
  /^(?:default_time_zone|sysdate_is_now|symbolic_links|safe_user_create|port_open_timeout|plugin_load(?:_add)?|early_plugin_load|performance_schema_(?:instrument|consumer_\w+)|loose_\w+|[a-z]\w*\.\w+)$/;

function optionOnly(name: string): SettingSpec | undefined {
  const isOption = OPTION.test(name) && !(name.startsWith("loose_") && isAbbreviated(name, OWN_OPTIONS));
  return isOption ? unreportedText(name) : undefined;
}

const OWN_OPTIONS = { abbreviates: true, readings: readingsOf, lines: {}, owned: OWNED } as const;

/** Prefixes of options (MySQL 8.4 manual, "Program Option Modifiers"). Names of options may begin with one themselves. */
function readingsOf(name: string): readonly string[] {
  const rest = /^(?:loose|skip|enable|disable|maximum)_(.+)/.exec(name)?.[1];
  return rest === undefined ? [] : [rest, ...readingsOf(rest)];
}

/** Without an end the binary logs fill the disk. */
function binaryLogRules(settings: JudgeInput["settings"]): readonly Judgement[] {
  if (!/^ON$/i.test(String(settings.get("log_bin")))) return [];
  const expected = "logs to be removed at some time: kept for ever they fill the disk";
  const found = [
    ...(settings.get("binlog_expire_logs_seconds") === 0 ? [["binlog_expire_logs_seconds", "0"] as const] : []),
    ...(/^OFF$/i.test(String(settings.get("binlog_expire_logs_auto_purge")))
      ? [["binlog_expire_logs_auto_purge", "OFF"] as const]
      : []),
  ];
  return found.map(([name, value]) => ({
    settings: [name],
    severity: "warned",
    found: `${name} = ${value}`,
    expected,
  }));
}

function judge(input: JudgeInput): readonly Judgement[] {
  const { settings, tuned } = input;
  const judgements: Judgement[] = [
    ...memoryRules(input),
    ...diskRules(input, ["innodb_redo_log_capacity"]),
    ...binaryLogRules(settings),
  ];
  // The application has one user, and 0 is no limit of its connections.
  for (const name of ["max_connections", "max_user_connections"]) {
    const connections = numberIn(settings, name);
    const isUnlimited = name === "max_user_connections" && connections === 0;
    if (isUnlimited || connections >= tuned.workload.connections) continue;
    const expected = `at least the ${tuned.workload.connections} of workload.connections`;
    judgements.push({ settings: [name], severity: "refused", found: `${name} = ${connections}`, expected });
  }
  if (
    /^ON$/i.test(String(settings.get("gtid_mode"))) &&
    !/^ON$/i.test(String(settings.get("enforce_gtid_consistency")))
  )
    judgements.push({
      settings: ["gtid_mode"],
      severity: "refused",
      found: "gtid_mode without enforce_gtid_consistency",
      expected: "enforce_gtid_consistency: ON beside it",
    });
  return judgements;
}
