/** One tuned value of one service, and why it has this value. */
import type { EffectiveValue, SettingValue } from "../machine/facts.ts";
import { bytes, formatBytes, formatDurationMs } from "../units.ts";

/** What it takes to change a setting of a running server. */
export type Takes = "live" | "restart" | "recreate";

/** The unit of `value`. `text` is for enumerations and booleans. */
export type SettingUnit = "bytes" | "ms" | "s" | "count" | "ratio" | "text";

/** Why a setting has its value; `explain` prints all of it. */
export interface Because {
  /** The rule in words or as a formula: "M / 4". */
  readonly formula: string;
  /** The inputs of the formula, by the letter it uses: { M: "819.2 MiB" }. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The source of the formula. */
  readonly source: string;
}

/** Which values read back count as equal. Without a tolerance, only the same value does. */
export type Tolerance =
  | { readonly kind: "granularity"; readonly step: number; readonly reason: string }
  | { readonly kind: "relative"; readonly fraction: number; readonly reason: string }
  /** The server writes texts in its own case, and with its own spaces. */
  | { readonly kind: "spelling"; readonly reason: string }
  /** The same parts in any order. `separator` "" takes each letter for a part. */
  | { readonly kind: "set"; readonly separator: "" | ","; readonly reason: string }
  /** The server reports more than was given: each given part is in it. `words`: words of one part, if spaces divide them. */
  | { readonly kind: "part"; readonly words?: number; readonly reason: string };

export interface Setting {
  /** The server's name of the setting. */
  readonly name: string;
  readonly value: SettingValue;
  readonly unit: SettingUnit;
  readonly takes: Takes;
  readonly because: Because;
  readonly tolerance?: Tolerance;
  /** What the server's own files mean by a number without a unit, in `unit`: 8192 for blocks of 8 kB. Default: 1. */
  readonly bareUnit?: number;
  /** Its name in tuning.env; the service spells its value there ("256MB"). */
  readonly variable?: string;
  /** Where the profile gives the value: "mine.yaml:12:7". Absent if it is computed. */
  readonly given?: string;
  /** No formula gives a value: without the profile, the server has its own default. */
  readonly untuned?: true;
  /** The server cannot report it: a change of its value takes a new container. */
  readonly unreported?: true;
}

/** Returns whether the server reports the wanted value, within the setting's tolerance. */
export function isEffective(setting: Setting, effective: EffectiveValue): boolean {
  const { value } = effective;
  const { value: wanted, tolerance } = setting;
  if (value === wanted) return true;
  switch (tolerance?.kind) {
    case undefined:
      return false;
    case "granularity":
      return distanceOf(value, wanted) < tolerance.step;
    case "relative":
      return distanceOf(value, wanted) <= tolerance.fraction * Math.abs(Number(wanted));
    case "spelling":
      return plain(value) === plain(wanted);
    case "set": {
      const [found, parts] = [partsOf(value, tolerance.separator), partsOf(wanted, tolerance.separator)];
      return found.size === parts.size && [...parts].every((part) => found.has(part));
    }
    case "part":
      return includesAll(value, wanted, tolerance.words);
  }
}

function distanceOf(value: SettingValue, wanted: SettingValue): number {
  return typeof value === "number" && typeof wanted === "number" ? Math.abs(value - wanted) : Number.POSITIVE_INFINITY;
}

/** Lower case, and no spaces around what divides a list. */
function plain(value: SettingValue): string {
  return String(value)
    .toLowerCase()
    .replaceAll(/\s*([,\s])\s*/g, "$1")
    .trim();
}

function partsOf(value: SettingValue, separator: "" | ","): ReadonlySet<string> {
  const text = String(value);
  // Letters differ by their case: Redis's "x" and "X" would be two kinds of events.
  const parts = separator === "" ? Array.from(text) : plain(text).split(",");
  return new Set(parts.filter((part) => part !== ""));
}

function includesAll(value: SettingValue, wanted: SettingValue, words: number | undefined): boolean {
  if (words === undefined) {
    const found = partsOf(value, ",");
    return [...partsOf(wanted, ",")].every((part) => found.has(part));
  }
  const all = plain(wanted).split(" ");
  const parts = Array.from({ length: Math.ceil(all.length / words) }, (_, index) =>
    all.slice(index * words, (index + 1) * words).join(" "),
  );
  return parts.every((part) => ` ${plain(value)} `.includes(` ${part} `));
}

/** Formats a setting's value for people. */
export function formatSetting(value: SettingValue, unit: SettingUnit): string {
  // A number below 0 has a meaning of its own, such as "off", and no unit.
  if (typeof value !== "number" || value < 0) return String(value);
  switch (unit) {
    case "bytes":
      return formatBytes(bytes(value));
    case "ms":
      return formatDurationMs(value);
    case "s":
      return formatDurationMs(value * 1000);
    case "count":
    case "ratio":
    case "text":
      return String(value);
  }
}
