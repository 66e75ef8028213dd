/** Renders RabbitMQ's conf files. */
import { CONF_MOUNT, type ConfFile, type ContainerInput } from "../../core/service/service.ts";
import type { SettingValue } from "../../core/machine/facts.ts";
import { oneLine } from "../../core/printable.ts";
import { formatSetting, type Setting } from "../../core/service/setting.ts";
import { definitionsOf } from "./definitions.ts";
import { PREFETCH } from "./tuning.ts";

const FIXED: readonly (readonly [line: string, reason: string])[] = [
  [
    `load_definitions = ${CONF_MOUNT}/definitions.json`,
    "Users and vhosts, at each boot; with these there is no guest.",
  ],
  ["log.console = true", "The engine keeps the log."],
  ["log.file = false", "Not a second time on the volume."],
];

/**
 * At every boot RabbitMQ applies what definitions.json names and keeps what users added, so nobody has to remember
 * whether it was imported.
 */
export function rabbitmqFiles({ settings, credentials }: ContainerInput, vhost: string): readonly ConfFile[] {
  const definitions = JSON.stringify(definitionsOf(credentials, vhost), null, 2);
  return [
    { path: "rabbitmq.conf", text: renderConf(settings) },
    { path: "advanced.config", text: renderAdvanced(settings) },
    { path: "enabled_plugins", text: "[rabbitmq_management].\n", identity: true },
    { path: "definitions.json", text: `${definitions}\n`, identity: true },
  ];
}

/**
 * Returns the flags of the Erlang machine, which reads them from nowhere else. Idle schedulers sleep at once: busy
 * waiting would use up the container's cpu quota.
 */
export function erlangFlags(settings: readonly Setting[]): string {
  const schedulers = settings.find(({ name }) => name === "schedulers")?.value ?? 1;
  return `+S ${schedulers}:${schedulers} +sbwt none +sbwtdcpu none +sbwtdio none`;
}

/** Settings that rabbitmq.conf has no key for. */
const NOT_IN_CONF: ReadonlySet<string> = new Set(["schedulers", PREFETCH]);

/** Returns advanced.config, in Erlang's terms. */
function renderAdvanced(settings: readonly Setting[]): string {
  const prefetch = settings.find(({ name }) => name === PREFETCH);
  if (!prefetch) return "[].\n";
  return `%% ${reasonOf(prefetch)}\n[{rabbit, [{${PREFETCH}, {false, ${spell(prefetch.value)}}}]}].\n`;
}

/** Returns rabbitmq.conf: each line below its reason. */
export function renderConf(settings: readonly Setting[]): string {
  const fixed = FIXED.flatMap(([line, reason]) => [`# ${reason}`, line]);
  const tuned = settings
    .filter(({ name }) => !NOT_IN_CONF.has(name))
    .flatMap((setting) => [`# ${reasonOf(setting)}`, `${setting.name} = ${spell(setting.value)}`]);
  return `${[...fixed, "", ...tuned].join("\n")}\n`;
}

/**
 * Returns a value as spelled in rabbitmq.conf and tuning.env. Sizes are in bytes, since not every key accepts a unit.
 */
export function spell(value: SettingValue): string {
  return String(value);
}

function reasonOf({ because, value, unit }: Setting): string {
  const inputs = Object.entries(because.inputs).map(([name, input]) => `${name} = ${input}`);
  const given = inputs.length > 0 ? ` (${inputs.join(", ")})` : "";
  return oneLine(`${formatSetting(value, unit)}: ${because.formula}${given}. ${because.source}`);
}
