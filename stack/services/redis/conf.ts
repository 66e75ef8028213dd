/** The conf files of one node. */
import { CONF_MOUNT, type ConfFile, type ContainerInput } from "../../core/service/service.ts";
import { type Credentials } from "../../core/service/credential.ts";
import type { Granted } from "../../core/service/want.ts";
import type { SettingValue } from "../../core/machine/facts.ts";
import type { Setting, SettingUnit } from "../../core/service/setting.ts";
import { MIB } from "../../core/units.ts";
import { accountsOf } from "../kit/grants.ts";
import { MONITOR, monitorRules } from "./accounts.ts";
import { START_FILE, START_SCRIPT } from "./persistence/start.ts";

/** The server's port, the same in every container. */
export const PORT = 6379;

/** Port of the cluster bus, inside the stack's network only. */
export const BUS_PORT = 16_379;

/** Prefix of all keys that the benchmarks write; their user can write no others. */
export const BENCH_PREFIX = "plumbline:bench:";

/** A node without an answer for this long counts as failed. Longer than the pauses of a busy laptop. */
const NODE_TIMEOUT_MS = 5000;

/**
 * Returns the files: `redis.conf` holds the tuned values, `server.conf` the node's identity, `users.acl` the users'
 * rights, and `start.sh` starts the server.
 */
export function files(input: ContainerInput, isCluster: boolean): readonly ConfFile[] {
  const own = users(input.credentials);
  return [
    { path: "redis.conf", text: tunables(input.settings) },
    { path: "server.conf", text: identity(input, isCluster), identity: true },
    { path: START_FILE, text: START_SCRIPT, identity: true },
    // Nodes read the file only at their start; accounts of other services are also created while they run.
    { path: "users.acl", text: `${own}${accounts(input.grants)}`, identity: own },
  ];
}

function tunables(settings: readonly Setting[]): string {
  const lines = settings.map(({ name, value, unit }) => {
    const text = spell(value, unit);
    return `${name} ${ONE_ARGUMENT.has(name) ? argument(text) : argumentsIn(text)}`;
  });
  return `include ${CONF_MOUNT}/server.conf\n\n${lines.join("\n")}\n`;
}

/** Texts with spaces that are one argument. */
const ONE_ARGUMENT: ReadonlySet<string> = new Set(["locale-collate", "proc-title-template"]);

/** A setting of several words ("60 1") has as many arguments. */
function argumentsIn(text: string): string {
  const words = text.split(" ").filter((word) => word !== "");
  return words.length === 0 ? '""' : words.map(argument).join(" ");
}

/** Between double quotes a backslash begins an escape (Redis's sdssplitargs). A value from a profile may contain any. */
function argument(word: string): string {
  if (/^[\w.:/+*-]+$/.test(word)) return word;
  return `"${word.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll("\n", String.raw`\n`)}"`;
}

/** Returns a value as spelled in redis.conf and tuning.env. */
export function spell(value: SettingValue, unit: SettingUnit): string {
  const isMebibytes = unit === "bytes" && typeof value === "number" && value % MIB === 0;
  return isMebibytes ? `${value / MIB}mb` : String(value);
}

function identity({ instance, hostPort }: ContainerInput, isCluster: boolean): string {
  const lines = [
    "bind * -::*",
    // Safe: every user needs a password, and the port is published on the host's loopback interface only.
    "protected-mode no",
    `port ${PORT}`,
    "dir /data",
    `aclfile ${CONF_MOUNT}/users.acl`,
    "daemonize no",
    'logfile ""',
  ];
  if (isCluster) {
    lines.push(
      "cluster-enabled yes",
      "cluster-config-file nodes.conf",
      `cluster-node-timeout ${NODE_TIMEOUT_MS}`,
      `cluster-port ${BUS_PORT}`,
      // Clients get the host's address, so that any cluster client works there without an address map. The nodes
      // themselves keep using the containers' addresses.
      "cluster-announce-hostname 127.0.0.1",
      "cluster-preferred-endpoint-type hostname",
      `cluster-announce-port ${hostPort(instance, CLIENT_PORT)}`,
      `cluster-announce-bus-port ${BUS_PORT}`,
      `cluster-announce-human-nodename ${instance}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Name of the clients' port. */
export const CLIENT_PORT = "redis";

function accounts(grants: readonly Granted[]): string {
  return accountsOf(grants, MONITOR)
    .map(({ credential }) => `user ${credential.user} ${monitorRules(credential).join(" ")}\n`)
    .join("");
}

function users(credentials: Credentials): string {
  const user = (name: string, rules: string) => {
    const { user, sha256 } = credentials("redis", name);
    return `user ${user} on #${sha256} ${rules}`;
  };
  return [
    "user default off resetpass resetkeys resetchannels -@all",
    user("admin", "~* &* +@all"),
    user("app", `~* &* +@all -@admin -@dangerous ${APP_EXCEPTIONS.map((command) => `+${command}`).join(" ")}`),
    user("bench", `~${BENCH_PREFIX}* resetchannels -@all ${BENCH_COMMANDS.map((command) => `+${command}`).join(" ")}`),
    "",
  ].join("\n");
}

/** Commands that Redis classes as dangerous for production, but that clients or daily work need. */
const APP_EXCEPTIONS: readonly string[] = ["info", "keys", "sort", "role", "flushdb"].concat(
  ["slots", "shards", "nodes", "info", "myid", "keyslot", "countkeysinslot"].map((name) => `cluster|${name}`),
);

/** Commands that the scenarios send, and that clients need to connect. */
export const BENCH_COMMANDS: readonly string[] = [
  "get",
  "set",
  "del",
  "unlink",
  "incr",
  "lpush",
  "rpush",
  "lpop",
  "rpop",
  "sadd",
  "zadd",
  "hset",
].concat(
  ["scan", "ping", "hello", "info", "readonly", "asking", "client|setname", "client|setinfo"],
  ["slots", "nodes", "info", "keyslot"].map((name) => `cluster|${name}`),
);
