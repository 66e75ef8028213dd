/** RabbitMQ: one node with the management plugin. */
import { z } from "zod";
import { CONF_MOUNT, type KnownFailure } from "../../core/service/service.ts";
import { PREPARES_FILES } from "../kit/capabilities.ts";
import { defineService } from "../kit/define.ts";
import { erlangFlags, rabbitmqFiles, spell } from "./conf.ts";
import { BENCH_VHOST } from "./definitions.ts";
import { image } from "./image/spec.ts";
import { settingRulesOf } from "./settings.ts";
import { rabbitmqNeeds, tuneRabbitmq } from "./tuning.ts";

const options = z.strictObject({
  vhost: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "letters, digits, dots, dashes and underscores, at most 64")
    .refine((name) => name !== BENCH_VHOST, { error: "another name: this is the vhost of Plumbline's benchmarks" })
    .default("app")
    .describe("Virtual host that is made for the application. NOTE: another name makes another, empty one."),
});

/** On shutdown, queues write their messages from memory, and the metadata store writes its snapshot. */
const STOP_GRACE_SECONDS = 30;

/**
 * Erlang starts two threads for each cpu of the machine, whatever the limit of cpus, and each command of RabbitMQ's own
 * tools is one more Erlang machine: this is enough for eight of them on 256 cpus.
 */
const PROCESSES = 4096;

/** Of Erlang's port mapper, of nodes among themselves, and of RabbitMQ's own tools while they run. */
const ERLANG_PORTS = [4369, 25_672, ...Array.from({ length: 11 }, (_, index) => 35_672 + index)];

export const rabbitmq = defineService({
  name: "rabbitmq",
  title: "RabbitMQ",
  options,
  configure: ({ vhost }) => ({
    instances: ["rabbitmq"],
    image,
    ports: [
      {
        name: "amqp",
        instance: "rabbitmq",
        container: 5672,
        defaultHostPort: 5672,
        url: {
          variable: "RABBITMQ_URL",
          credential: "app",
          template: `amqp://{user}:{password}@{host}:{port}/${vhost}`,
        },
      },
      {
        name: "management",
        instance: "rabbitmq",
        container: 15_672,
        defaultHostPort: 15_672,
        url: {
          variable: "RABBITMQ_MANAGEMENT_URL",
          credential: "admin",
          template: "http://{user}:{password}@{host}:{port}",
        },
      },
    ],
    innerPorts: ERLANG_PORTS,
    credentials: [
      { name: "admin", user: "admin", key: true },
      { name: "app", user: "app" },
      { name: "bench", user: BENCH_VHOST },
    ],
    data: {
      decides: 2,
      move:
        "Empty the queues, keep the definitions (docker exec {container} rabbitmqctl export_definitions /tmp/definitions.json, then docker cp), " +
        "or give up the volume: `npm run destroy -- rabbitmq`",
    },
    needs: rabbitmqNeeds,
    tune: tuneRabbitmq,
    settingRules: settingRulesOf(vhost),
    spell,
    files: (input) => rabbitmqFiles(input, vhost),
    unsignedFiles: ["enabled_plugins", "definitions.json", "advanced.config"],
    container: ({ instance, settings }) => ({
      environment: {
        RABBITMQ_CONFIG_FILE: `${CONF_MOUNT}/rabbitmq`,
        RABBITMQ_ADVANCED_CONFIG_FILE: `${CONF_MOUNT}/advanced.config`,
        RABBITMQ_ENABLED_PLUGINS_FILE: `${CONF_MOUNT}/enabled_plugins`,
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: erlangFlags(settings),
      },
      volumes: { "/var/lib/rabbitmq": "data" },
      // The node's name, and so its data folder, contains the host name.
      hostname: instance,
      secrets: [],
      capabilities: PREPARES_FILES,
      processes: PROCESSES,
      stopGraceSeconds: STOP_GRACE_SECONDS,
    }),
    failures,
    live: async () => (await import("./live.ts")).rabbitmqLive(vhost),
  }),
});

const failures: readonly KnownFailure[] = [
  {
    pattern: /volume of major version|[Rr]equired feature flag not enabled|feature flags?.*incompatible|downgrade/,
    code: "VOLUME_INCOMPATIBLE",
    what: "RabbitMQ's volume was written by another version",
    fix: "Start it once with the version between (all stable feature flags enabled), or give up the volume: `npm run destroy -- rabbitmq`",
  },
  {
    pattern: /volume incomplete|failed_to_recover|corrupt|schema_integrity_check_failed|table_missing/i,
    code: "VOLUME_INCOMPLETE",
    what: "RabbitMQ's volume holds no complete database",
    fix: "If it holds nothing of yours, `npm run destroy -- rabbitmq` removes it, and the next start makes a new one",
  },
  {
    pattern: /No space left on device|\benospc\b/,
    code: "DISK_FULL",
    what: "RabbitMQ cannot write: the disk is full",
    fix: "Free space where the engine keeps its volumes",
  },
  {
    pattern:
      /Error (?:generating|preparing) configuration|unknown variable|Failed to load advanced configuration|failed_to_prepare_configuration/,
    code: "SERVICE_EXITED",
    what: "RabbitMQ refused its configuration",
    fix: "Read the lines above; what the profile gives under services.rabbitmq.settings goes into rabbitmq.conf as it is",
  },
];
