/** Redis: one single node, or a cluster of masters. */
import { CONF_MOUNT, type KnownFailure, type PortSpec } from "../../core/service/service.ts";
import { BECOMES_USER } from "../kit/capabilities.ts";
import { defineService } from "../kit/define.ts";
import { openFilesFor } from "../kit/limits.ts";
import { MONITOR } from "./accounts.ts";
import { busCertificate } from "./cluster/bus.ts";
import { BUS_PORT, CLIENT_PORT, files, PORT, spell } from "./conf.ts";
import { persisted } from "./cluster/persisted.ts";
import { image } from "./image/spec.ts";
import { DATA_FOLDER } from "./persistence/data.ts";
import { misfit } from "./persistence/fit.ts";
import { START_FILE } from "./persistence/start.ts";
import { settingRules } from "./settings.ts";
import { options } from "./options.ts";
import { redisBenchmarkFormat } from "./tool.ts";
import { needs, tune } from "./tuning.ts";

/** Redis writes its last snapshot or log on shutdown. */
const STOP_GRACE_SECONDS = 30;

export const redis = defineService({
  name: "redis",
  title: "Redis, key-value store",
  options,
  tools: [redisBenchmarkFormat],
  configure: (given) => {
    const instances = Array.from({ length: given.nodes }, (_, index) => `redis-${index + 1}`);
    return {
      instances,
      image,
      ports: instances.map(portOf),
      innerPorts: [BUS_PORT],
      grants: [MONITOR],
      data: {
        misfit,
        decides: 2,
        move: "Copy the keys with a client while the old server runs, or give them up: `npm run destroy -- redis`",
        reach:
          "With services.redis.nodes at their number again the cluster has these keys again; of those that the single node got meanwhile, it serves the ones whose slot is that node's",
        owner: { folder: DATA_FOLDER, user: "redis" },
      },
      credentials: [
        { name: "admin", user: "admin", key: true },
        { name: "app", user: "app" },
        { name: "bench", user: "bench" },
      ],
      certificates: given.nodes > 1 ? [busCertificate] : [],
      needs: (input) => needs(input, given),
      tune: (input) => tune(input, given),
      settingRules,
      spell,
      unsignedFiles: ["users.acl", START_FILE],
      files: (input) => files(input, given.nodes > 1),
      container: ({ settings }) => ({
        command: ["sh", `${CONF_MOUNT}/${START_FILE}`, `${CONF_MOUNT}/redis.conf`, DATA_FOLDER],
        environment: {},
        volumes: { [DATA_FOLDER]: "data" },
        secrets: [],
        capabilities: BECOMES_USER,
        openFiles: openFilesFor(settings, ["maxclients"]),
        stopGraceSeconds: STOP_GRACE_SECONDS,
      }),
      failures,
      ...(given.nodes > 1 ? { persisted } : {}),
      live: async () => (await import("./live.ts")).liveRedis(given),
    };
  },
});

const failures: readonly KnownFailure[] = [
  {
    pattern: /Can't handle RDB format version|The AOF format .* is newer|unsupported version/i,
    code: "VOLUME_INCOMPATIBLE",
    what: "The data was written by a newer Redis",
    fix: "Use the newer image again, or give up the data of Redis: `npm run destroy -- redis`.",
  },
  {
    pattern: /volume undecided/,
    code: "SERVICE_EXITED",
    what: "The volume of Redis holds an append-only log and a snapshot, and nobody can tell which has the newest data; nothing was changed",
    fix: "Move one of them off the volume, and keep it: appendonlydir, the log, or dump.rdb, the snapshot. `npm run up` then starts Redis with the other.",
  },
  {
    pattern: /volume incomplete: .* no manifest, and dump\.rdb is whole/,
    code: "VOLUME_INCOMPLETE",
    what: "The append-only log of Redis is damaged; beside it is a snapshot, which may be older",
    fix: "Put appendonly.aof.manifest back into appendonlydir; or move appendonlydir off the volume, and keep it: `npm run up` then starts Redis with dump.rdb.",
  },
  {
    pattern: /volume incomplete: \S+ is no (?:folder|file) of|cannot be read; nothing was changed|names no form of/,
    code: "VOLUME_INCOMPLETE",
    what: "The volume of Redis holds what the server cannot use; nothing was changed",
    fix: "The last log line names the file: put what Redis wrote in its place, or move it off the volume, and keep it.",
  },
  {
    pattern:
      /volume incomplete|FATAL AOF MANIFEST FILE ERROR|Bad file format reading the append only file|manifest file .* (is not|doesn't) /i,
    code: "VOLUME_INCOMPLETE",
    what: "The append-only log of Redis is damaged",
    fix: "Repair it with redis-check-aof --fix, or give up the data of Redis: `npm run destroy -- redis`.",
  },
  {
    pattern: /keys in databases other than 0/,
    code: "SERVICE_EXITED",
    what: "Redis has keys in databases other than 0, and a cluster has no other; nothing was changed",
    fix: "Set services.redis.nodes to 1 again and run `npm run up`, then MOVE these keys into database 0, or FLUSHDB the other databases.",
  },
  {
    pattern: /No space left on device/i,
    code: "DISK_FULL",
    what: "Redis cannot write its data: the disk is full",
    fix: "Free space where the engine keeps its volumes.",
  },
  {
    // Redis 8 takes a name that it does not know for one of a module that is to be loaded.
    pattern:
      /Fatal error loading|FATAL CONFIG FILE ERROR|Unrecoverable error|Unresolved Configuration|Module Configuration detected/i,
    code: "SERVICE_EXITED",
    what: "Redis refused its configuration or its data",
    fix: "The last log lines name the line that it refused.",
  },
];

function portOf(instance: string, index: number): PortSpec {
  return {
    name: CLIENT_PORT,
    instance,
    container: PORT,
    defaultHostPort: PORT + index,
    url: {
      variable: index === 0 ? "REDIS_URL" : `REDIS_${index + 1}_URL`,
      credential: "app",
      template: "redis://{user}:{password}@{host}:{port}",
    },
  };
}
