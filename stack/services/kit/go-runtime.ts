/**
 * Settings of Go's runtime, which every Go program reads from its environment at its start, and shows in its own
 * metrics. Pure.
 */
import type { EffectiveValue, SettingValue } from "../../core/machine/facts.ts";
import type { TuneInput } from "../../core/service/service.ts";
import type { Setting, SettingUnit } from "../../core/service/setting.ts";
import { bytes, formatBytes, MIB, mib, roundDown, type Bytes } from "../../core/units.ts";
import { sumOf, type Sample } from "./metrics/text.ts";
import { numberIn, rulesOf, severityOf } from "./settings.ts";

const MEMORY = "GOMEMLIMIT";
const THREADS = "GOMAXPROCS";

/** Go runtime metrics by setting (client_golang 1.20 and newer). */
const METRICS: Readonly<Record<string, string>> = {
  [MEMORY]: "go_gc_gomemlimit_bytes",
  [THREADS]: "go_sched_gomaxprocs_threads",
};

/** As for every service: the worst case leaves a tenth of the limit free. */
const SAFE_FRACTION = 0.9;

/**
 * Returns the settings for one share. `program` is the size of the program's file: its pages count towards the
 * container's limit, but not towards Go's. Throws if nothing would be left for Go.
 */
export function tuneGo({ share }: Pick<TuneInput, "share">, program: Bytes): readonly Setting[] {
  const limit = roundDown(bytes(SAFE_FRACTION * share.memory - program), mib(1));
  if (limit <= 0) throw new Error(`${formatBytes(share.memory)} hold no Go program of ${formatBytes(program)}`);
  return [
    {
      name: MEMORY,
      value: limit,
      unit: "bytes",
      takes: "recreate",
      because: {
        formula: "0.9 · L − P",
        inputs: { L: formatBytes(share.memory), P: `${formatBytes(program)} of the program's own file` },
        source: "https://go.dev/doc/gc-guide#Memory_limit: from there on the collector works more instead of growing",
      },
    },
    {
      name: THREADS,
      value: Math.max(1, Math.ceil(share.cpus)),
      unit: "count",
      takes: "recreate",
      because: {
        formula: "⌈C⌉",
        inputs: { C: String(share.cpus) },
        source: "https://pkg.go.dev/runtime#hdr-Environment_Variables: Go would take every cpu of the machine",
      },
    },
  ];
}

/** What a profile may give: both settings, within the container. 8 MiB is what a small program's heap takes. */
export const goSettingRules = rulesOf({
  lines: { [MEMORY]: "recreate bytes 8388608 1125899906842624", [THREADS]: "recreate integer 1 1024" },
  onOff: ["on", "off"],
  owned: {},
  judge: ({ settings, tuned: { share } }) => {
    const limit = bytes(numberIn(settings, MEMORY));
    const most = roundDown(bytes(SAFE_FRACTION * share.memory), mib(1));
    if (limit <= most) return [];
    const found = `${formatBytes(limit)} in a container of ${formatBytes(share.memory)}`;
    return [
      { settings: [MEMORY], severity: severityOf(limit, share), found, expected: `at most ${formatBytes(most)}` },
    ];
  },
});

/** Returns a value as Go's runtime reads it: "16MiB". */
export function spellGo(value: SettingValue, unit: SettingUnit): string {
  if (unit !== "bytes" || typeof value !== "number") return String(value);
  // Go reads whole numbers only.
  return value % MIB === 0 ? `${value / MIB}MiB` : `${value}B`;
}

/** Returns the environment that makes the settings effective. */
export function goEnvironment(settings: readonly Setting[]): Readonly<Record<string, string>> {
  const own = settings.filter(({ name }) => Object.hasOwn(METRICS, name));
  return Object.fromEntries(own.map(({ name, value, unit }) => [name, spellGo(value, unit)]));
}

/** Returns the effective values from a program's own metrics. */
export function readGo(samples: readonly Sample[], names: readonly string[]): ReadonlyMap<string, EffectiveValue> {
  return new Map(
    names.flatMap((name): readonly [string, EffectiveValue][] => {
      const value = sumOf(samples, METRICS[name] ?? "");
      return value === undefined ? [] : [[name, { value }]];
    }),
  );
}
