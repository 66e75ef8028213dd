/** What a profile may give RabbitMQ, and how its settings are judged together. Pure. */
import type { JudgeInput, Judgement, SettingRules, SettingSpec } from "../../core/service/setting-rules.ts";
import { bytes, formatBytes, KIB, mib, MIB } from "../../core/units.ts";
import { diskRules } from "../kit/disk-rules.ts";
import { numberIn, rulesOf, severityOf, unreportedText } from "../kit/settings.ts";
import { PREFETCH, USABLE, worstCase } from "./tuning.ts";
import { judgeVhostDefaults } from "./vhost-defaults.ts";
import known from "./settings.json" with { type: "json" };

const ADDRESS = "the ports are published on 127.0.0.1 only, and Plumbline's clients use them";
const LOGIN = "users and vhosts are in the mounted definitions.json";
const FILES = "its files are on the volume and in the mounted conf folder";
const LOG = "the engine keeps the log, where `logs` and the error messages find it";
const CLUSTER = "one node serves the stack";
const ABSOLUTE = "a relative value means the machine, not the container: give the absolute one";

const LINES: Readonly<Record<string, string>> = known;

/** Keys of rabbit.schema and rabbitmq_management.schema of RabbitMQ 4.0, those that a node reports in one word. */
const rules = rulesOf({
  release: "4.0",
  lines: LINES,
  onOff: ["true", "false"],
  owned: {
    "listeners.*": ADDRESS,
    "ssl_*": ADDRESS,
    proxy_protocol: ADDRESS,
    "distribution.*": CLUSTER,
    "management.tcp.*": ADDRESS,
    "management.ssl.*": ADDRESS,
    "management.listener.*": ADDRESS,
    "management.path_prefix": ADDRESS,
    "management.oauth_*": LOGIN,
    "management.disable_basic_auth": "Plumbline's own steps log in to the management port by it",
    "management.load_definitions": LOGIN,
    "management.http_log_dir": LOG,
    collect_statistics: "the management plugin sets it to fine, whatever the file says",
    load_definitions: LOGIN,
    "definitions.*": LOGIN,
    default_vhost: LOGIN,
    default_user: LOGIN,
    default_pass: LOGIN,
    "default_permissions.*": LOGIN,
    "default_users.*": LOGIN,
    "loopback_users*": LOGIN,
    "auth_*": LOGIN,
    "anonymous_login_*": LOGIN,
    password_hashing_module: LOGIN,
    "cluster_formation.*": CLUSTER,
    "cluster_partition_handling*": CLUSTER,
    "log.console": LOG,
    "log.file*": LOG,
    "log.dir": LOG,
    "log.exchange*": LOG,
    "log.syslog*": LOG,
    "raft.data_dir": FILES,
    "stream.data_dir": FILES,
    "vm_memory_high_watermark.relative": ABSOLUTE,
    "disk_free_limit.relative": ABSOLUTE,
    total_memory_available_override_value: ABSOLUTE,
    "erlang.*": "the flags of the Erlang machine are the tuned schedulers",
  },
  others: unreportedKey,
});

/** `vhost`: the application's. */
export function settingRulesOf(vhost: string): SettingRules {
  return { ...rules, judge: (input) => [...judge(input), ...judgeVhostDefaults(input.settings, vhost)] };
}

/** Keys with a part that the user names, or whose value is a term of several words. */
const UNREPORTED =
  /^(?:log|tcp_listen_options|quorum_queue|raft|default_limits|default_policies|deprecated_features|credential_validator|stream|sysmon_handler|node_tags|cluster_tags|runtime_parameters|message_interceptors|metadata_store|product|management|socket_writer|default_user_tags)\.[\w.$-]+$|^(?:cluster_name|cluster_queue_limit|default_queue_type|mirroring_sync_\w+|motd_file|queue_leader_locator|queue_master_locator|ranch_connection_max|vhost_restart_strategy)$/;

function unreportedKey(name: string): SettingSpec | undefined {
  return UNREPORTED.test(name) ? unreportedText(name) : undefined;
}

/** Returns where the node keeps a setting: application and key. Undefined for those that have functions of their own. */
export function applicationKey(name: string): readonly [application: string, key: string] | undefined {
  const line = Object.hasOwn(LINES, name) ? LINES[name] : undefined;
  const [, application, key] = /\b(rabbit|rabbitmq_management|ra)\.(\w+)/.exec(line ?? "") ?? [];
  return application === undefined || key === undefined ? undefined : [application, key];
}

/** A started node with the management plugin uses this much: with a lower watermark every publisher waits for ever. */
const STARTED = mib(144);

/** A message of 1 KiB that waits in a node for its acknowledgement. */
const UNREAD = 2 * KIB;

function judge({ settings, tuned }: JudgeInput): readonly Judgement[] {
  const { share, machine } = tuned;
  const of = (name: string) => numberIn(settings, name);
  const watermark = bytes(of("vm_memory_high_watermark.absolute"));
  const wal = bytes(of("raft.wal_max_size_bytes"));
  const safe = USABLE * share.memory;
  const judgements: Judgement[] = [];
  if (worstCase({ watermark, wal }) > safe) {
    const most = bytes(Math.max(0, Math.floor((safe - worstCase({ watermark: bytes(0), wal })) / MIB)) * MIB);
    judgements.push({
      settings: ["vm_memory_high_watermark.absolute", "raft.wal_max_size_bytes"],
      severity: severityOf(worstCase({ watermark, wal }), share),
      found: `${formatBytes(worstCase({ watermark, wal }))} with the log of quorum queues in a container of ${formatBytes(share.memory)}`,
      expected: `a watermark of at most ${formatBytes(most)} beside it`,
    });
  } else if (watermark < STARTED) {
    judgements.push({
      settings: ["vm_memory_high_watermark.absolute"],
      severity: "refused",
      found: formatBytes(watermark),
      expected: `at least ${formatBytes(STARTED)}, which a started node uses: below it no message is accepted`,
    });
  }
  const prefetch = of(PREFETCH);
  const most = Math.floor(Math.max(UNREAD, share.memory - worstCase({ watermark, wal })) / UNREAD);
  if (prefetch === 0 || prefetch > most) {
    const expected = `1 to ${most}: a consumer that stops to read is given so many messages, whatever the watermark is`;
    const found = prefetch === 0 ? "0, no limit" : String(prefetch);
    judgements.push({ settings: [PREFETCH], severity: "warned", found, expected });
  }
  if (of("schedulers") > Math.ceil(machine.cpus)) {
    const expected = `at most the machine's ${Math.ceil(machine.cpus)} cpus: more only wait for each other`;
    judgements.push({ settings: ["schedulers"], severity: "warned", found: String(of("schedulers")), expected });
  }
  judgements.push(...diskFree({ settings, tuned }));
  return judgements;
}

/** With less free space than the limit the node accepts no message. */
function diskFree(input: Pick<JudgeInput, "settings" | "tuned">): readonly Judgement[] {
  const why = "the node accepts no message while less is free, and images and data take their part of the disk";
  return diskRules(input, ["disk_free_limit.absolute"]).map((judgement) => ({
    ...judgement,
    expected: `less: ${why}`,
  }));
}
