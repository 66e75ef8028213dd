/** What a profile may give Redis, and how its settings are judged together. Pure. */
import type { JudgeInput, Judgement } from "../../core/service/setting-rules.ts";
import { bytes, formatBytes, MIB, parseBytes } from "../../core/units.ts";
import { numberIn, rulesOf } from "../kit/settings.ts";
import { CLIENT, SAFE_FRACTION } from "./tuning.ts";
import known from "./settings.json" with { type: "json" };

const ADDRESS = "the port is published on 127.0.0.1 only, and Plumbline's clients use it";
const FILES = "its files are on the volume and in the mounted conf folder";
const LOGIN = "users and their passwords are in the mounted users.acl";
const LOG = "the engine keeps the log, where `logs` and the error messages find it";
const CLUSTER = "Plumbline forms the cluster, and its nodes find each other by it";
const REPLICA = "the nodes are masters without replicas";

/** As CONFIG GET * of Redis 8.0 lists them, with the ranges that CONFIG SET names. */
export const settingRules = rulesOf({
  lines: known,
  onOff: ["yes", "no"],
  plain: (name) => name.toLowerCase(),
  owned: {
    port: ADDRESS,
    bind: ADDRESS,
    "protected-mode": ADDRESS,
    "tls-*":
      "Plumbline issues the certificates of the cluster bus, and the port for clients is on the loopback interface",
    "unixsocket*": "nobody else is in the container",
    dir: FILES,
    dbfilename: FILES,
    appendfilename: FILES,
    appenddirname: FILES,
    include: FILES,
    aclfile: LOGIN,
    requirepass: LOGIN,
    masterauth: LOGIN,
    masteruser: LOGIN,
    user: LOGIN,
    "rename-command": "Plumbline and its accounts use the commands by their names",
    "acl-pubsub-default": LOGIN,
    daemonize: "the container ends with its server",
    supervised: "the container ends with its server",
    pidfile: "the container has one process",
    logfile: LOG,
    "syslog-*": LOG,
    "replica-announce*": REPLICA,
    "slave-announce*": REPLICA,
    replicaof: REPLICA,
    slaveof: REPLICA,
    "cluster-enabled": "the option services.redis.nodes decides it",
    "cluster-config-file": CLUSTER,
    "cluster-node-timeout": CLUSTER,
    "cluster-port": CLUSTER,
    "cluster-announce-*": CLUSTER,
    "cluster-preferred-endpoint-type": CLUSTER,
    "enable-protected-configs": FILES,
  },
  tolerances: {
    "notify-keyspace-events": { kind: "set", separator: "", reason: "the server sorts the letters" },
    "client-output-buffer-limit": { kind: "part", words: 4, reason: "the server reports all classes of clients" },
  },
  forms: {
    "notify-keyspace-events": { expected: "letters of Ag$lshzxeKEtmdn", read: keyspaceEvents },
    "client-output-buffer-limit": {
      expected: "a class (normal, replica or pubsub), a hard and a soft limit and seconds: pubsub 32mb 8mb 60",
      read: outputLimits,
    },
    save: { expected: 'seconds and changes, "900 1 300 10", or no for no snapshots', read: snapshots },
  },
  judge,
});

/** Returns "" for no snapshots; the server has no other word for it. */
function snapshots(text: string): string | undefined {
  const given = text.trim();
  if (/^(?:no|off|false|)$/i.test(given)) return "";
  const words = given.split(/\s+/);
  return words.length % 2 === 0 && words.every((word) => /^[1-9]\d*$/.test(word)) ? words.join(" ") : undefined;
}

/** All kinds of events but the missed ones and new keys, which "A" leaves out (redis.conf). */
const ALL_EVENTS = Array.from("g$lshzxetd");

/** Replaces "A" by what it stands for, and the other way round, as the server reports it. */
function keyspaceEvents(text: string): string | undefined {
  if (!/^[Ag$lshzxeKEtmdn]*$/.test(text)) return undefined;
  const letters = new Set(Array.from(text).flatMap((letter) => (letter === "A" ? ALL_EVENTS : [letter])));
  const hasAll = ALL_EVENTS.every((letter) => letters.has(letter));
  const rest = [...letters].filter((letter) => !hasAll || !ALL_EVENTS.includes(letter));
  return [...(hasAll ? ["A"] : []), ...rest].join("");
}

function outputLimits(text: string): string | undefined {
  const words = text.trim().split(/\s+/);
  if (words.length % 4 !== 0) return undefined;
  const parts: string[] = [];
  for (let at = 0; at < words.length; at += 4) {
    const [kind = "", hard = "", soft = "", seconds = ""] = words.slice(at, at + 4);
    const [most, least] = [parseBytes(hard), parseBytes(soft)];
    if (!/^(normal|replica|slave|pubsub)$/.test(kind) || most === undefined || least === undefined) return undefined;
    if (!/^\d+$/.test(seconds)) return undefined;
    parts.push(`${kind === "replica" ? "slave" : kind} ${most} ${least} ${seconds}`);
  }
  return parts.join(" ");
}

function judge({ settings, tuned, instances }: JudgeInput): readonly Judgement[] {
  const { share, workload } = tuned;
  const of = (name: string, fallback = 0) => numberIn(settings, name, fallback);
  const safe = SAFE_FRACTION * share.memory;
  const [maxmemory, clients] = [of("maxmemory"), of("maxclients")];
  const rewrites = settings.get("appendonly") === "yes" || !["", undefined].includes(textOf(settings.get("save")));
  const found = `${formatBytes(bytes(maxmemory))} in a container of ${formatBytes(share.memory)}`;
  const judgements: Judgement[] = [];
  const add = (name: string, severity: Judgement["severity"], found: string, expected: string): void => {
    judgements.push({ settings: [name], severity, found, expected });
  };
  if (maxmemory === 0)
    add(
      "maxmemory",
      "refused",
      "no limit",
      `a size of at most ${most(safe)}: the kernel ends a server that passes its container's`,
    );
  else if (maxmemory < MIB) add("maxmemory", "refused", formatBytes(bytes(maxmemory)), "at least 1 MiB");
  else if (maxmemory > safe) add("maxmemory", "refused", found, `at most ${most(safe)}`);
  else if (rewrites && maxmemory * REWRITE > safe) {
    for (const name of ["maxmemory", "appendonly", "save"])
      add(
        name,
        "warned",
        found,
        `at most ${most(safe / REWRITE)}, since a rewrite of the log or a snapshot copies what changes meanwhile`,
      );
  }
  if (clients * CLIENT > safe)
    add(
      "maxclients",
      clients > DEFAULT_CLIENTS ? "refused" : "warned",
      `${clients} clients of ${formatBytes(CLIENT)} in ${formatBytes(share.memory)}`,
      `at most ${Math.floor(safe / CLIENT)}`,
    );
  else if (clients < workload.clients)
    add(
      "maxclients",
      "warned",
      `maxclients = ${clients}`,
      `at least the ${workload.clients} of workload.clients: the others are refused`,
    );
  if (instances > 1 && of("databases", 1) > 1)
    add("databases", "refused", `${of("databases")} databases in a cluster`, "1: a cluster has one");
  return judgements;
}

/** The server's own default, which is a limit for machines of any size. */
const DEFAULT_CLIENTS = 10_000;

/** While a child process writes, half of all data may change and then exists twice. */
const REWRITE = 1.5;

function most(size: number): string {
  return formatBytes(bytes(Math.floor(size / MIB) * MIB));
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
