/** Reads the value that a profile gives a setting, in the type and unit that its server has for it. Pure. */
import type { SettingValue } from "../machine/facts.ts";
import { describeValue, oneOf } from "../profile/problem.ts";
import { bytes, formatBytes, parseBytes, parseDurationMs, spellBytes } from "../units.ts";
import type { SettingSpec } from "./setting-rules.ts";
import { formatSetting, type Setting, type SettingUnit } from "./setting.ts";

export type GivenValue =
  | { readonly value: SettingValue }
  | { readonly found: string; readonly expected: string; readonly suggestion?: string };

/** What is known of a setting: the computed value, the server's description, or both. */
export interface Known {
  readonly tuned: Setting | undefined;
  readonly spec: SettingSpec | undefined;
}

/** `needsUnits`: whether a size or a time without its unit is a mistake. */
export function givenValue(given: SettingValue, known: Known, needsUnits: boolean): GivenValue {
  const { tuned, spec } = known;
  if (spec === undefined) return tuned ? asTuned(given, tuned, needsUnits) : wrong(given, "");
  const read = bySpec(given, spec, { tuned, needsUnits });
  // Earlier versions of Plumbline accepted whatever has the type of the computed value.
  return !needsUnits && tuned && !("value" in read) ? asTuned(given, tuned, needsUnits) : read;
}

function bySpec(given: SettingValue, spec: SettingSpec, known: Omit<NumberInput, "spec">): GivenValue {
  switch (spec.kind) {
    case "switch":
      return asSwitch(given, spec);
    case "choice":
      return asChoice(given, spec);
    case "text":
      return asText(given, spec);
    case "number":
      return asNumber(given, { spec, ...known });
  }
}

function asTuned(given: SettingValue, tuned: Setting, needsUnits: boolean): GivenValue {
  const { value, unit } = tuned;
  if (typeof value !== "number") return typeof given === typeof value ? { value: given } : wrong(given, example(tuned));
  const bare = needsUnits && hasUnit(unit) ? bareNumber(given) : undefined;
  if (bare !== undefined && bare !== 0)
    return unitMissing(bare, unit, tuned.bareUnit, example(tuned, " with its unit,"));
  const number = numberOf(given, unit);
  return number === undefined ? wrong(given, example(tuned)) : { value: number };
}

interface NumberInput {
  readonly spec: SettingSpec;
  readonly tuned: Setting | undefined;
  readonly needsUnits: boolean;
}

function asNumber(given: SettingValue, { spec, tuned, needsUnits }: NumberInput): GivenValue {
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = spec;
  const unit = tuned?.unit ?? spec.unit;
  if (typeof given === "string" && spec.words?.test(given)) return { value: given.toLowerCase() };
  const bare = hasUnit(unit) ? bareNumber(given) : undefined;
  const isSpecial = bare !== undefined && bare < 0 && bare === least;
  if (needsUnits && bare !== undefined && bare !== 0 && !isSpecial) {
    const bareUnit = tuned?.bareUnit ?? spec.bareUnit ?? 1;
    const isIn = bare * bareUnit >= least && bare * bareUnit <= most;
    // What the server would take the number for may be outside of its own range.
    const such = tuned && isIn ? example(tuned, " with its unit,") : `${rangeOf({ ...spec, unit })}, with its unit`;
    const missing = unitMissing(bare, unit, bareUnit, such);
    return isIn ? missing : { found: missing.found, expected: missing.expected };
  }
  const number = isSpecial ? bare : numberOf(given, unit);
  if (number === undefined) return wrong(given, tuned ? example(tuned) : rangeOf(spec));
  if (needsUnits && !isSpecial && spec.grain !== undefined && !isMultiple(number, spec.grain))
    return wrong(given, `${rangeOf({ ...spec, unit })}, in steps of ${formatSetting(spec.grain, unit)}`);
  const isWhole = spec.whole !== true || Number.isInteger(number);
  return isWhole && number >= least && number <= most ? { value: number } : wrong(given, rangeOf({ ...spec, unit }));
}

/** Times in seconds are computed from milliseconds. */
function isMultiple(number: number, grain: number): boolean {
  return Number.isInteger(Math.round((number / grain) * 1e6) / 1e6);
}

function asText(given: SettingValue, { form }: SettingSpec): GivenValue {
  const value = form ? form.read(String(given)) : String(given);
  return value === undefined ? wrong(given, form?.expected ?? "") : { value };
}

function asSwitch(given: SettingValue, { choices: [on = "on", off = "off"] = [] }: SettingSpec): GivenValue {
  const text = String(given).trim().toLowerCase();
  if (["on", "yes", "true", "1"].includes(text)) return { value: on };
  if (["off", "no", "false", "0"].includes(text)) return { value: off };
  return wrong(given, `${on} or ${off}`);
}

function asChoice(given: SettingValue, { choices = [] }: SettingSpec): GivenValue {
  const words = typeof given === "boolean" ? (given ? ["on", "yes"] : ["off", "no"]) : [String(given)];
  const value = choices.find((choice) => words.some((word) => word.toLowerCase() === choice.toLowerCase()));
  return value === undefined ? wrong(given, oneOf(choices)) : { value };
}

/**
 * Returns the number of a size or a time that has no unit. Servers differ in what they take such a number for:
 * PostgreSQL counts in kB, in blocks of 8 kB or in MB, depending on the setting.
 */
function bareNumber(given: SettingValue): number | undefined {
  const text = typeof given === "string" ? given.trim() : "";
  const number = typeof given === "number" ? given : /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  return number === undefined || !Number.isFinite(number) ? undefined : number;
}

function hasUnit(unit: SettingUnit): boolean {
  return unit === "bytes" || unit === "ms" || unit === "s";
}

/** Returns undefined for what is no number in this unit. */
function numberOf(given: SettingValue, unit: SettingUnit): number | undefined {
  if (typeof given === "number") return Number.isFinite(given) ? given : undefined;
  if (typeof given === "boolean") return undefined;
  switch (unit) {
    case "bytes":
      return parseBytes(given);
    case "ms":
      return parseTime(given);
    case "s": {
      const durationMs = parseTime(given);
      return durationMs === undefined ? undefined : durationMs / 1000;
    }
    case "count":
    case "ratio":
    case "text":
      return undefined;
  }
}

/** Also reads the units that are longer than a minute: servers keep logs for days. */
function parseTime(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(h|d)\s*$/.exec(text);
  if (!match) return parseDurationMs(text);
  return Number(match[1]) * (match[2] === "h" ? 3_600_000 : 86_400_000);
}

function wrong(given: SettingValue, expected: string): GivenValue {
  return { found: describeValue(given), expected };
}

/** Suggests what the server itself would take the number for. */
function unitMissing(
  given: number,
  unit: SettingUnit,
  bareUnit = 1,
  expected: string,
): Exclude<GivenValue, { readonly value: SettingValue }> {
  const meant = given * bareUnit;
  const suggestion =
    unit === "bytes" ? (Number.isSafeInteger(meant) ? spellBytes(bytes(meant)) : undefined) : `${meant} ${unit}`;
  const found = `${given} without a unit`;
  return given < 0 || suggestion === undefined ? { found, expected } : { found, expected, suggestion };
}

/** "a size such as 256 MiB" */
function example({ value, unit }: Setting, between = ""): string {
  const such = typeof value === "string" ? JSON.stringify(value) : formatSetting(value, unit);
  return `${kindOf(value, unit)}${between} such as ${such}`;
}

function kindOf(value: SettingValue, unit: SettingUnit): string {
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return "true or false,";
  return nounOf(unit);
}

function nounOf(unit: SettingUnit): string {
  switch (unit) {
    case "bytes":
      return "a size";
    case "ms":
    case "s":
      return "a time";
    case "count":
    case "ratio":
    case "text":
      return "a number";
  }
}

/** "a size from 64 KiB to 2 TiB": the server's own range. */
function rangeOf({ unit, whole, least, most }: SettingSpec): string {
  const noun = whole === true && !hasUnit(unit) ? "a whole number" : nounOf(unit);
  const show = (end: number) =>
    end <= 0 ? String(end) : unit === "bytes" ? formatBytes(bytes(end)) : formatSetting(end, unit);
  const isBound = most !== undefined && most < Number.MAX_SAFE_INTEGER;
  if (least !== undefined)
    return isBound ? `${noun} from ${show(least)} to ${show(most)}` : `${noun} of at least ${show(least)}`;
  return isBound ? `${noun} of at most ${show(most)}` : noun;
}
