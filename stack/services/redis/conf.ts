/** The conf files of one node. */
import { CONF_MOUNT, type ConfFile, type ContainerInput } from "../../core/service/service.ts";
import { type Credentials } from "../../core/service/credential.ts";
import type { Granted } from "../../core/service/want.ts";
import type { SettingValue } from "../../core/machine/facts.ts";
import type { Setting, SettingUnit } from "../../core/service/setting.ts";
import { MIB } from "../../core/units.ts";
import { accountsOf } from "../kit/grants.ts";
import { MONITOR, monitorRules } from "./accounts.ts";

/** The server's own port, the same in every container. */
export const PORT = 6379;

/** The cluster's nodes talk to each other here, inside the stack's network only. */
export const BUS_PORT = 16_379;

/** All that the benchmarks write is below this prefix, and their user can write nothing else. */
export const BENCH_PREFIX = "plumbline:bench:";

/** After this time without an answer a node counts as failed. Longer than a busy laptop stands still. */
const NODE_TIMEOUT_MS = 5000;

/** `redis.conf` holds the tuned values, `server.conf` what the node is, `users.acl` who may do what. */
export function files(input: ContainerInput, isCluster: boolean): readonly ConfFile[] {
  const own = users(input.credentials);
  return [
    { path: "redis.conf", text: tunables(input.settings) },
    { path: "server.conf", text: identity(input, isCluster), identity: true },
    // Nodes read the file when they start; accounts of other services are also made while they run.
    { path: "users.acl", text: `${own}${accounts(input.grants)}`, identity: own },
  ];
}

function tunables(settings: readonly Setting[]): string {
  const lines = settings.map(({ name, value, unit }) => `${name} ${value === "" ? '""' : spell(value, unit)}`);
  return `include ${CONF_MOUNT}/server.conf\n\n${lines.join("\n")}\n`;
}

/** A value in the spelling of redis.conf and of tuning.env. */
export function spell(value: SettingValue, unit: SettingUnit): string {
  const isMebibytes = unit === "bytes" && typeof value === "number" && value % MIB === 0;
  return isMebibytes ? `${value / MIB}mb` : String(value);
}

function identity({ instance, hostPort }: ContainerInput, isCluster: boolean): string {
  const lines = [
    "bind * -::*",
    // Every user needs a password; the port is published on the host's loopback only.
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
      // Clients are told the address on the host, so that any cluster client works there without a map of addresses.
      // The nodes themselves go on using the containers' addresses.
      "cluster-announce-hostname 127.0.0.1",
      "cluster-preferred-endpoint-type hostname",
      `cluster-announce-port ${hostPort(instance, CLIENT_PORT)}`,
      `cluster-announce-bus-port ${BUS_PORT}`,
      `cluster-announce-human-nodename ${instance}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Name of the port that clients use. */
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

/** Commands that Redis counts as dangerous for production, and that clients or daily work need. */
const APP_EXCEPTIONS: readonly string[] = ["info", "keys", "sort", "role", "flushdb"].concat(
  ["slots", "shards", "nodes", "info", "myid", "keyslot", "countkeysinslot"].map((name) => `cluster|${name}`),
);

/** What the scenarios send, and what clients need to connect. */
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
