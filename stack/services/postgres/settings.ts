/** What a profile may give PostgreSQL, and how its settings are judged together. Pure. */
import type { JudgeInput, Judgement, SettingSpec } from "../../core/service/setting-rules.ts";
import { bytes, formatBytes, KIB, mib } from "../../core/units.ts";
import { diskRules } from "../kit/disk-rules.ts";
import { numberIn, rulesOf, unreportedText } from "../kit/settings.ts";
import { memoryRules } from "./memory-rules.ts";
import known from "./settings.json" with { type: "json" };

const ADDRESS = "the port is published on 127.0.0.1 only, and Plumbline's clients use it";
const FILES = "its files are on the volume and in the mounted conf folder";
const LOGIN = "every login proves its password, and Plumbline keeps the passwords";
const LOG = "the engine keeps the log, where `logs` and the error messages find it";
const REPLICA = "one server serves the stack: it follows no other one";
const WRITES = "Plumbline creates roles and databases";

/** As `select name, context, vartype, unit, min_val, max_val, enumvals from pg_settings` of PostgreSQL 18 lists them. */
export const settingRules = rulesOf({
  release: "18",
  lines: known,
  onOff: ["on", "off"],
  plain: (name) => name.toLowerCase(),
  owned: {
    listen_addresses: ADDRESS,
    port: ADDRESS,
    "unix_socket_*": "Plumbline's own steps use the socket",
    "bonjour*": ADDRESS,
    data_directory: FILES,
    config_file: FILES,
    hba_file: FILES,
    ident_file: FILES,
    external_pid_file: FILES,
    include: FILES,
    include_dir: FILES,
    include_if_exists: FILES,
    allow_alter_system: "Plumbline resets values that ALTER SYSTEM left",
    password_encryption: LOGIN,
    "krb_*": LOGIN,
    db_user_namespace: LOGIN,
    "ssl*": "the port is on the loopback interface, and the stack has no certificate for it",
    logging_collector: LOG,
    log_destination: LOG,
    log_directory: LOG,
    log_filename: LOG,
    "syslog_*": LOG,
    event_source: LOG,
    "primary_*": REPLICA,
    synchronous_standby_names: "no server follows this one: every commit would wait for one that does",
    synchronized_standby_slots: "no server follows this one: logical decoding would wait for one that does",
    "recovery_*": REPLICA,
    restore_command: REPLICA,
    archive_cleanup_command: REPLICA,
    promote_trigger_file: REPLICA,
    cluster_name: "Plumbline names its containers",
    default_transaction_read_only: WRITES,
    transaction_read_only: WRITES,
  },
  fractions: /^(?:autovacuum_)?vacuum_cost_delay$/,
  others: ofExtension,
  judge,
});

/**
 * "pg_stat_statements.max": the server takes any such name, and its library checks the value at the start. The server
 * reports it in the unit of the library, so it is not compared.
 */
function ofExtension(name: string): SettingSpec | undefined {
  return /^[a-z_][\w$]*(\.[a-z_][\w$]*)+$/.test(name) ? unreportedText(name) : undefined;
}

function judge(input: JudgeInput): readonly Judgement[] {
  return [
    ...startRules(input.settings),
    ...connectionRules(input),
    ...memoryRules(input),
    ...diskRules(input, WRITE_AHEAD),
    ...archiveRules(input.settings),
  ];
}

/** As for MySQL: the workload's direct connections must fit. What pools take besides is judged with the pools. */
function connectionRules({ settings, tuned: { workload } }: JudgeInput): readonly Judgement[] {
  const connections = numberIn(settings, "max_connections");
  if (connections >= workload.connections) return [];
  const expected = `at least the ${workload.connections} of workload.connections`;
  return [{ settings: ["max_connections"], severity: "refused", found: `max_connections = ${connections}`, expected }];
}

/** What the server keeps of its write-ahead log. */
const WRITE_AHEAD = ["max_wal_size", "min_wal_size", "wal_keep_size", "max_slot_wal_keep_size"];

/** The server keeps every segment that it could not archive (PostgreSQL manual, archive_command). */
function archiveRules(settings: JudgeInput["settings"]): readonly Judgement[] {
  const isOn = ["on", "always"].includes(String(settings.get("archive_mode")));
  const ways = ["archive_command", "archive_library"].map((name) => String(settings.get(name) ?? ""));
  if (!isOn || ways.some((way) => way !== "")) return [];
  const found = "archive_mode without archive_command or archive_library";
  const expected = "one of them beside it: until then the server keeps its whole write-ahead log, and fills the disk";
  return [{ settings: ["archive_mode"], severity: "warned", found, expected }];
}

/** The kernel gives a process 8 MiB of stack, and the server keeps 512 KiB of it: with more it does not start. */
const MOST_STACK = 7680 * KIB;

/** Combinations with which the server does not start, or serves no client. */
function startRules(settings: JudgeInput["settings"]): readonly Judgement[] {
  const of = (name: string, fallback = 0) => numberIn(settings, name, fallback);
  const judgements: Judgement[] = [];
  const refuse = (names: readonly string[], found: string, expected: string): void => {
    judgements.push({ settings: names, severity: "refused", found, expected });
  };
  const reserved = of("superuser_reserved_connections", 3) + of("reserved_connections");
  if (of("max_connections") <= reserved)
    refuse(
      ["max_connections", "superuser_reserved_connections", "reserved_connections"],
      `max_connections = ${of("max_connections")}`,
      `more than the ${reserved} that are reserved`,
    );
  if (settings.get("wal_level") === "minimal") {
    const senders = of("max_wal_senders", 10);
    if (senders > 0)
      refuse(
        ["wal_level", "max_wal_senders"],
        `wal_level = minimal with max_wal_senders = ${senders}`,
        "max_wal_senders: 0 beside it",
      );
    if (["on", "always"].includes(String(settings.get("archive_mode"))))
      refuse(["archive_mode", "wal_level"], "archive_mode with wal_level = minimal", "wal_level: replica or logical");
    if (settings.get("summarize_wal") === "on")
      refuse(["summarize_wal", "wal_level"], "summarize_wal with wal_level = minimal", "wal_level: replica or logical");
  }
  // Two segments of 16 MiB (PostgreSQL manual, min_wal_size): with less the server does not start.
  for (const name of ["min_wal_size", "max_wal_size"]) {
    if (of(name, mib(32)) < mib(32)) refuse([name], formatBytes(bytes(of(name))), "at least 32 MiB, two segments");
  }
  const [least, most] = [of("min_wal_size"), of("max_wal_size")].map((size) => formatBytes(bytes(size)));
  if (of("min_wal_size") > of("max_wal_size"))
    judgements.push({
      settings: ["min_wal_size", "max_wal_size"],
      severity: "warned",
      found: `a min_wal_size of ${least} above the max_wal_size of ${most}`,
      expected: "at most max_wal_size: a checkpoint begins at that size all the same",
    });
  if (of("max_stack_depth") > MOST_STACK) {
    const expected = `at most ${formatBytes(bytes(MOST_STACK))}: a process has a stack of 8 MiB`;
    refuse(["max_stack_depth"], formatBytes(bytes(of("max_stack_depth"))), expected);
  }
  if (settings.get("io_method") === "io_uring")
    refuse(["io_method"], "io_uring", "sync or worker: the containers' seccomp profile blocks io_uring");
  if (settings.get("huge_pages") === "on")
    judgements.push({
      settings: ["huge_pages"],
      severity: "warned",
      found: "huge_pages = on",
      expected:
        "try: with on the server does not start on a machine that has reserved too few of them (vm.nr_hugepages)",
    });
  // The server computes these itself, and then reports the result: it could not be compared.
  for (const name of ["wal_buffers", "commit_timestamp_buffers", "subtransaction_buffers", "transaction_buffers"]) {
    const value = settings.get(name);
    if (typeof value === "number" && value <= 0)
      refuse([name], String(value), "a size; the computed one is written if it is left out");
  }
  return judgements;
}
