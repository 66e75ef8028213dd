/** What a profile may give Redis, and how its settings are judged together. Pure. */
import type { JudgeInput, Judgement } from "../../core/service/setting-rules.ts";
import { bytes, formatBytes, KIB, MIB, parseBytes, type Bytes } from "../../core/units.ts";
import { numberIn, rulesOf, severityOf } from "../kit/settings.ts";
import type { RedisOptions } from "./options.ts";
import { ALLOCATED, CLIENT, COPIES, SAFE_FRACTION, worstCase } from "./tuning.ts";
import known from "./settings.json" with { type: "json" };

const ADDRESS = "the port is published on 127.0.0.1 only, and Plumbline's clients use it";
const FILES = "its files are on the volume and in the mounted conf folder";
const LOGIN = "users and their passwords are in the mounted users.acl";
const LOG = "the engine keeps the log, where `logs` and the error messages find it";
const CLUSTER = "Plumbline forms the cluster, and its nodes find each other by it";
const REPLICA = "the nodes are masters without replicas";

/** As CONFIG GET * of Redis 8.0 lists them, with the ranges that CONFIG SET names. */
export const settingRules = rulesOf({
  release: "8.0",
  lines: known,
  onOff: ["yes", "no"],
  plain: (name) => name.toLowerCase(),
  owned: {
    port: ADDRESS,
    bind: ADDRESS,
    "bind-source-addr": "the nodes reach each other at the addresses that the engine gives them",
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
      over: limitsOver,
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

/** Redis keeps the limits of the classes that are not given. */
function limitsOver(computed: string, given: string): string {
  const classes = new Map(
    `${computed} ${given}`.match(/\S+ \S+ \S+ \S+/g)?.map((part) => [part.split(" ")[0], part] as const),
  );
  return [...classes.values()].join(" ");
}

function judge(input: JudgeInput): readonly Judgement[] {
  const { settings, instances } = input;
  const databases = numberIn(settings, "databases", 1);
  const judgements = [
    ...memoryRules(input),
    ...clientRules(input),
    ...replicaRules(settings),
    ...threadRules(input),
    ...databaseRules(input, databases),
  ];
  if (instances > 1 && databases > 1) {
    const found = `${databases} databases in a cluster`;
    judgements.push({ settings: ["databases"], severity: "refused", found, expected: "1: a cluster has one" });
  }
  return judgements;
}

/** Refuses data that the container cannot hold even once; warns where the copies of a rewrite, or the buffers of clients, do not. */
function memoryRules({ settings, tuned: { share } }: JudgeInput): readonly Judgement[] {
  const safe = SAFE_FRACTION * share.memory;
  const maxmemory = bytes(numberIn(settings, "maxmemory"));
  const none = bytes(0);
  const once = (room: number) => most((room - worstCase({ maxmemory: none, clients: none }, "none")) / ALLOCATED);
  if (maxmemory === 0) {
    const expected = `a size of at most ${once(safe)}: the kernel ends a server that passes its container's`;
    return judgementOf("maxmemory", "refused", "no limit", expected);
  }
  if (maxmemory < MIB) return judgementOf("maxmemory", "refused", formatBytes(maxmemory), "at least 1 MiB");
  const found = (sum: Bytes) =>
    `${formatBytes(maxmemory)}, which may take ${formatBytes(sum)} in a container of ${formatBytes(share.memory)}`;
  const single = worstCase({ maxmemory, clients: none }, "none");
  if (single > safe) return judgementOf("maxmemory", severityOf(single, share), found(single), `at most ${once(safe)}`);
  const clients = clientBuffers(settings, maxmemory);
  const persistence = persistenceOf(settings);
  const worst = worstCase({ maxmemory, clients }, persistence);
  if (worst <= safe) return [];
  const room = safe - worstCase({ maxmemory: none, clients }, persistence);
  const copies = COPIES[persistence];
  const why = copies === 1 ? "" : ", since a rewrite of the log or a snapshot copies what changes meanwhile";
  return [
    {
      settings: ["maxmemory", "appendonly", "save", "maxmemory-clients", "maxclients"],
      severity: "warned",
      found: found(worst),
      expected: `a maxmemory of at most ${most(room / (ALLOCATED * copies))} beside ${formatBytes(clients)} for clients${why}`,
    },
  ];
}

/** The server's own default, which is a limit for machines of any size. */
const DEFAULT_CLIENTS = 10_000;

function clientRules({ settings, tuned: { share, workload } }: JudgeInput): readonly Judgement[] {
  const safe = SAFE_FRACTION * share.memory;
  const clients = numberIn(settings, "maxclients");
  if (clients * CLIENT > safe) {
    const found = `${clients} clients of ${formatBytes(CLIENT)} in ${formatBytes(share.memory)}`;
    const severity = clients > DEFAULT_CLIENTS ? severityOf(clients * CLIENT, share) : "warned";
    return judgementOf("maxclients", severity, found, `at most ${Math.floor(safe / CLIENT)}`);
  }
  if (clients >= workload.clients) return [];
  const expected = `at least the ${workload.clients} of workload.clients: the others are refused`;
  return judgementOf("maxclients", "warned", `maxclients = ${clients}`, expected);
}

function threadRules({ settings, tuned: { machine } }: JudgeInput): readonly Judgement[] {
  const threads = numberIn(settings, "io-threads", 1);
  const cpus = Math.ceil(machine.cpus);
  if (threads <= cpus) return [];
  const expected = `at most the machine's ${cpus} cpus: more only wait for each other`;
  return judgementOf("io-threads", "warned", String(threads), expected);
}

/** The tables of an empty database: 3.75 KiB measured with 100,000 of them on 8.0, rounded up. */
const DATABASE = bytes(4 * KIB);

function databaseRules({ tuned: { share } }: JudgeInput, databases: number): readonly Judgement[] {
  const safe = SAFE_FRACTION * share.memory;
  const process = worstCase({ maxmemory: bytes(0), clients: bytes(0) }, "none");
  const sum = bytes(process + databases * DATABASE);
  if (sum <= safe) return [];
  const found = `${formatBytes(sum)} for ${databases} empty databases in a container of ${formatBytes(share.memory)}`;
  const expected = `at most ${Math.max(1, Math.floor((safe - process) / DATABASE))}`;
  return judgementOf("databases", severityOf(sum, share), found, expected);
}

/** Under both of its names. */
function replicaRules(settings: JudgeInput["settings"]): readonly Judgement[] {
  const expected = `0: ${REPLICA}, and would refuse every write`;
  return ["min-replicas-to-write", "min-slaves-to-write"].flatMap((name) => {
    const replicas = numberIn(settings, name);
    return replicas === 0 ? [] : judgementOf(name, "refused", `${name} = ${replicas}`, expected);
  });
}

function judgementOf(
  name: string,
  severity: Judgement["severity"],
  found: string,
  expected: string,
): readonly Judgement[] {
  return [{ settings: [name], severity, found, expected }];
}

/** maxmemory-clients is a size, or "5%" of maxmemory; with 0 only the number of clients limits their buffers. */
function clientBuffers(settings: JudgeInput["settings"], maxmemory: Bytes): Bytes {
  const given = settings.get("maxmemory-clients");
  const percent = typeof given === "string" ? Number.parseInt(given, 10) : 0;
  const limit = percent > 0 ? (maxmemory * percent) / 100 : numberIn(settings, "maxmemory-clients");
  return bytes(limit > 0 ? limit : numberIn(settings, "maxclients") * CLIENT);
}

function persistenceOf(settings: JudgeInput["settings"]): RedisOptions["persistence"] {
  if (settings.get("appendonly") === "yes") return "aof";
  return (settings.get("save") ?? "") === "" ? "none" : "rdb";
}

function most(size: number): string {
  return formatBytes(bytes(Math.floor(Math.max(0, size) / MIB) * MIB));
}
