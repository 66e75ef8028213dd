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
  | { readonly kind: "relative"; readonly fraction: number; readonly reason: string };

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
}

/** Returns whether the server reports the wanted value, within the setting's tolerance. */
export function isEffective(setting: Setting, effective: EffectiveValue): boolean {
  const { value } = effective;
  if (value === setting.value) return true;
  if (typeof value !== "number" || typeof setting.value !== "number" || !setting.tolerance) return false;
  const distance = Math.abs(value - setting.value);
  switch (setting.tolerance.kind) {
    case "granularity":
      return distance < setting.tolerance.step;
    case "relative":
      return distance <= setting.tolerance.fraction * Math.abs(setting.value);
  }
}

/** Formats a setting's value for people. */
export function formatSetting(value: SettingValue, unit: SettingUnit): string {
  if (typeof value !== "number") return String(value);
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
