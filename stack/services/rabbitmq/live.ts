/** A running RabbitMQ: reads its settings back, and changes them without a restart. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { PlumblineError } from "../../core/errors.ts";
import type { EffectiveValue, SettingValue } from "../../core/machine/facts.ts";
import { LoginRefused } from "../../core/service/login-refused.ts";
import type { Connection, Target } from "../../core/service/service.ts";
import { bytes, formatBytes } from "../../core/units.ts";
import type { LiveParts } from "../kit/define.ts";
import { byLooking } from "../kit/steps.ts";
import { openWire, publish, type Wire } from "./amqp.ts";
import { evaluate } from "./erlang.ts";
import { management, Unauthorized } from "./management.ts";
import { missingSteps } from "./prepare.ts";
import { rabbitmqBench } from "./scenarios.ts";
import { applicationKey } from "./settings.ts";
import { PREFETCH } from "./tuning.ts";

/** From connecting to a confirmed message. */
const READY_DEADLINE_MS = 10_000;

/**
 * Reads each setting from the node itself. The management API collects its numbers every 5 s, so it has none after a
 * boot and old ones after a change.
 */
const READERS: Readonly<Record<string, string>> = {
  "vm_memory_high_watermark.absolute": "vm_memory_monitor:get_memory_limit()",
  "disk_free_limit.absolute": "rabbit_disk_monitor:get_disk_free_limit()",
  "raft.wal_max_size_bytes": "application:get_env(ra, wal_max_size_bytes, undefined)",
  consumer_timeout: "application:get_env(rabbit, consumer_timeout, undefined)",
  channel_max: "application:get_env(rabbit, channel_max, undefined)",
  [PREFETCH]: `element(2, application:get_env(rabbit, ${PREFETCH}, {false, 0}))`,
  schedulers: "erlang:system_info(schedulers)",
};

/** What `rabbitmqctl set_vm_memory_high_watermark absolute` and `set_disk_free_limit` call. */
const WRITERS: Readonly<Record<string, (value: number) => string>> = {
  "vm_memory_high_watermark.absolute": (value) =>
    `vm_memory_monitor:set_vm_memory_high_watermark({absolute, ${value}})`,
  "disk_free_limit.absolute": (value) => `rabbit_disk_monitor:set_disk_free_limit(${value})`,
  // For the connections and channels that are opened from now on.
  consumer_timeout: (value) => `application:set_env(rabbit, consumer_timeout, ${value})`,
  channel_max: (value) => `application:set_env(rabbit, channel_max, ${value})`,
  [PREFETCH]: (value) => `application:set_env(rabbit, ${PREFETCH}, {false, ${value}})`,
};

export function rabbitmqLive(vhost: string): LiveParts {
  return {
    connect: async (target) => connectionOf(target),
    ...byLooking((targets) => missingSteps(only(targets), vhost)),
    ready: async (targets) => {
      const wire = await openWire(only(targets), "app", vhost);
      try {
        await confirmOne(wire);
      } finally {
        await wire.close();
      }
    },
    bench: (targets) => rabbitmqBench(only(targets)),
  };
}

function only(targets: readonly Target[]): Target {
  const [target] = targets;
  if (!target) throw new Error("RabbitMQ was given no instance");
  return target;
}

const OVERVIEW = z.object({ rabbitmq_version: z.string() });

/** Opens nothing: the management API and requests to the node need no lasting connection. */
async function connectionOf(target: Target): Promise<Connection> {
  const { rabbitmq_version: version } = await loggedIn(target);
  return {
    version: async () => version,
    read: (names) => read(target, names),
    apply: (settings) => apply(target, settings),
    close: async () => undefined,
  };
}

/** A node that boots refuses every login until it has imported its definitions, which comes after its listeners. */
async function loggedIn(target: Target): Promise<z.output<typeof OVERVIEW>> {
  try {
    return await management(target).get("overview?columns=rabbitmq_version", OVERVIEW);
  } catch (error) {
    if (!(error instanceof Unauthorized) || (await evaluate(target, "rabbit_boot_state:get()")) !== "ready")
      throw error;
    throw new LoginRefused(error.message, { cause: error });
  }
}

async function read(target: Target, names: readonly string[]): Promise<ReadonlyMap<string, EffectiveValue>> {
  const known = names.flatMap((name) => {
    const expression = READERS[name] ?? environmentOf(name);
    return expression === undefined ? [] : [{ name, expression }];
  });
  if (known.length === 0) return new Map();
  const answer = await evaluate(target, `{${known.map(({ expression }) => expression).join(", ")}}`);
  const parts = /^\{([^{}]*)\}$/s.exec(answer)?.[1]?.split(",") ?? [];
  if (parts.length !== known.length) throw new Error(`RabbitMQ answered ${answer} when asked for its settings`);
  return new Map(
    known.flatMap(({ name }, index) => {
      const part = parts[index]?.trim() ?? "";
      if (part === "" || part === "undefined") return [];
      const value = Number(part);
      return [[name, { value: Number.isFinite(value) ? value : part }] as const];
    }),
  );
}

/** Returns the expression that reads a setting which only the profile gives. */
function environmentOf(name: string): string | undefined {
  const found = applicationKey(name);
  return found && `application:get_env(${found[0]}, ${found[1]}, undefined)`;
}

type Wanted = readonly { readonly name: string; readonly value: SettingValue }[];

async function apply(target: Target, settings: Wanted): Promise<void> {
  const calls = settings.map(({ name, value }) => {
    const writer = WRITERS[name];
    if (!writer) throw new Error(`RabbitMQ cannot change ${name} while it runs`);
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
      throw new Error(`RabbitMQ's ${name} is a whole number, not ${value}`);
    }
    return writer(value);
  });
  if (calls.length === 0) return;
  await refuseAlarm(target, settings);
  const answer = await evaluate(target, `{${calls.join(", ")}}`);
  if (!/^\{\s*ok(\s*,\s*ok)*\s*\}$/.test(answer))
    throw new Error(`RabbitMQ answered ${answer} to a change of settings`);
}

/** Rejects a watermark below the memory in use: RabbitMQ would accept it, and then block all publishers. */
async function refuseAlarm(target: Target, settings: Wanted): Promise<void> {
  const watermark = settings.find(({ name }) => name === "vm_memory_high_watermark.absolute")?.value;
  if (typeof watermark !== "number") return;
  const used = Number(await evaluate(target, "vm_memory_monitor:get_process_memory()"));
  if (!(used > watermark)) return;
  throw new PlumblineError("NOT_CONVERGED", {
    what: `RabbitMQ's memory watermark cannot become ${formatBytes(bytes(watermark))} now`,
    why: `it uses ${formatBytes(bytes(used))}, and would block every publisher`,
    fix: "Let consumers empty its queues first, or keep a larger share for RabbitMQ",
  });
}

async function confirmOne(wire: Wire): Promise<void> {
  const stop = new AbortController();
  const late = sleep(READY_DEADLINE_MS, undefined, { signal: stop.signal })
    .then(() => new Error(`RabbitMQ confirmed no message within ${READY_DEADLINE_MS} ms`))
    .catch(() => new Error("no longer waited for"));
  const attempt = async (): Promise<undefined> => {
    const { queue } = await wire.channel.assertQueue("", { exclusive: true });
    await publish(wire, queue, Buffer.from("ready?"), { persistent: false });
    return undefined;
  };
  try {
    const failure = await Promise.race([attempt(), wire.lost, late]);
    if (failure) throw failure;
  } finally {
    stop.abort();
  }
}
