/**
 * The settings that are on because people who develop expect them, in groups that are switched together, each with the
 * values that switch it off. Pure.
 */
import type { SettingValue } from "../../../stack/core/machine/facts.ts";
import { formatSetting, type Setting } from "../../../stack/core/service/setting.ts";

export interface Group {
  /** "postgres/statements". */
  readonly name: string;
  readonly service: string;
  /** By name of the setting. */
  readonly settings: Readonly<Record<string, Sides>>;
}

interface Sides {
  /** Absent: as computed. */
  readonly on?: SettingValue;
  readonly off: SettingValue;
}

/** Off is what the server does by itself without the setting, or the widest limit that it takes. */
export const GROUPS: readonly Group[] = [
  group("postgres", "statements", { shared_preload_libraries: { off: "" } }),
  group("postgres", "io-timing", { track_io_timing: { off: "off" } }),
  group("postgres", "log", {
    log_min_duration_statement: { off: -1 },
    log_lock_waits: { off: "off" },
    log_temp_files: { off: -1 },
  }),
  group("mysql", "slow-log", { slow_query_log: { off: "OFF" } }),
  // On by itself; the conf file sizes its tables.
  group("mysql", "performance-schema", { performance_schema: { on: "ON", off: "OFF" } }),
  // On by itself, from 10 ms on.
  group("redis", "slow-log", { "slowlog-log-slower-than": { on: 10_000, off: -1 } }),
  // Off by itself: what it would cost.
  group("redis", "latency-monitor", { "latency-monitor-threshold": { on: 100, off: 0 } }),
  // The most milliseconds that it takes, and no limit.
  group("rabbitmq", "limits", { consumer_timeout: { off: "4294967295 ms" }, channel_max: { off: 0 } }),
];

function group(service: string, name: string, settings: Group["settings"]): Group {
  return { name: `${service}/${name}`, service, settings };
}

export const SIDES = ["on", "off"] as const;
export type Side = (typeof SIDES)[number];

/** Returns the groups with these names, or of these services; all if none is given. Unknown names match nothing. */
export function groupsNamed(only: readonly string[] | undefined): readonly Group[] {
  return GROUPS.filter(({ name, service }) => only === undefined || only.includes(name) || only.includes(service));
}

/** Returns the text of a profile that has one side of the group, and everything else as in `parent`. YAML. */
export function profileOf({ service, settings }: Group, parent: string, side: Side): string {
  const values = Object.entries(settings).flatMap(([name, sides]) => {
    const value = sides[side];
    return value === undefined ? [] : [[name, value] as const];
  });
  const given = values.length === 0 ? {} : { services: { [service]: { settings: Object.fromEntries(values) } } };
  return `${JSON.stringify({ extends: parent, ...given }, undefined, 2)}\n`;
}

/** Returns each setting of the group as the server has it: "track_io_timing = on". */
export function valuesIn({ settings }: Group, all: readonly Setting[]): readonly string[] {
  return all
    .filter(({ name }) => Object.hasOwn(settings, name))
    .map(({ name, value, unit }) => `${name} = ${value === "" ? '""' : formatSetting(value, unit)}`);
}

/** Returns what it takes to switch the group; undefined if the service has none of its settings. */
export function takesOf({ settings }: Group, all: readonly Setting[]): Setting["takes"] | undefined {
  const takes = all.filter(({ name }) => Object.hasOwn(settings, name)).map((setting) => setting.takes);
  return (["recreate", "restart", "live"] as const).find((each) => takes.includes(each));
}
