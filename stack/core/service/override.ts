/** Settings in a profile that replace the computed ones. Pure. */
import type { SettingValue } from "../machine/facts.ts";
import { nearest } from "../profile/nearest.ts";
import { describeValue, type Position, type ProfileProblem } from "../profile/problem.ts";
import { formatSetting, type Setting } from "./setting.ts";
import { bytes, parseBytes, parseDurationMs, spellBytes } from "../units.ts";

export interface OverrideInput {
  readonly service: string;
  readonly tuned: readonly Setting[];
  /** By the server's own name of the setting. */
  readonly overrides: Readonly<Record<string, SettingValue>>;
  /** Whether a size or a time without its unit is a mistake. If not, the number is in the unit of the setting. */
  readonly needsUnits: boolean;
  /** Returns the position of a setting in the profile's files. */
  readonly positionOf: (setting: string, what: "key" | "value") => Position;
}

/**
 * Returns the settings with the profile's values, which may have a unit ("8 MiB", "5 s"), and every mistake in them.
 */
export function overrideSettings({ service, tuned, overrides, needsUnits, positionOf }: OverrideInput): {
  readonly settings: readonly Setting[];
  readonly problems: readonly ProfileProblem[];
} {
  const names = tuned.map(({ name }) => name);
  const problems = Object.keys(overrides)
    .filter((name) => !names.includes(name))
    .map((name) => unknownSetting(name, { service, names, position: positionOf(name, "key") }));
  const settings = tuned.map((setting) => {
    const given = Object.hasOwn(overrides, setting.name) ? overrides[setting.name] : undefined;
    if (given === undefined) return setting;
    const problem = { service, position: positionOf(setting.name, "value") };
    const bare = needsUnits ? bareNumber(setting, given) : undefined;
    const value = bare === undefined ? valueOf(setting, given) : undefined;
    if (bare !== undefined) problems.push(unitMissing(setting, bare, problem));
    else if (value === undefined) problems.push(wrongValue(setting, given, problem));
    return value === undefined ? setting : { ...setting, value, because: becauseOf(service, setting) };
  });
  return { settings, problems };
}

/**
 * Returns the number of a size or a time that has no unit; 0 needs none. Servers differ in what they take such a number
 * for: PostgreSQL counts in kB, in blocks of 8 kB or in MB, depending on the setting.
 */
function bareNumber({ unit, value }: Setting, given: SettingValue): number | undefined {
  if (typeof value !== "number" || (unit !== "bytes" && unit !== "ms" && unit !== "s")) return undefined;
  const text = typeof given === "string" ? given.trim() : "";
  const number = typeof given === "number" ? given : /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  return number === undefined || number === 0 || !Number.isFinite(number) ? undefined : number;
}

/** Converts a value to the type and unit of the computed one; returns undefined if it cannot. */
function valueOf({ value, unit }: Setting, given: SettingValue): SettingValue | undefined {
  if (typeof value !== "number") return typeof given === typeof value ? given : undefined;
  if (typeof given === "number") return Number.isFinite(given) ? given : undefined;
  if (typeof given === "boolean") return undefined;
  switch (unit) {
    case "bytes":
      return parseBytes(given);
    case "ms":
      return parseDurationMs(given);
    case "s": {
      const durationMs = parseDurationMs(given);
      return durationMs === undefined ? undefined : durationMs / 1000;
    }
    case "count":
    case "ratio":
    case "text":
      return undefined;
  }
}

function becauseOf(service: string, { value, unit }: Setting): Setting["because"] {
  return {
    formula: "given by the profile",
    inputs: { "the formula gives": formatSetting(value, unit) },
    source: `settings of ${service} in the profile`,
  };
}

interface Place {
  readonly service: string;
  readonly position: Position;
}

function unknownSetting(
  name: string,
  { service, names, position }: Place & { readonly names: readonly string[] },
): ProfileProblem {
  const suggestion = nearest(name, names);
  return {
    ...position,
    path: `services.${service}.settings.${name}`,
    found: "a setting that is not tuned",
    expected: `one of ${names.join(", ")}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function wrongValue({ name, value, unit }: Setting, given: SettingValue, { service, position }: Place): ProfileProblem {
  return {
    ...position,
    path: `services.${service}.settings.${name}`,
    found: describeValue(given),
    expected: `${kindOf(value, unit)} such as ${typeof value === "string" ? JSON.stringify(value) : formatSetting(value, unit)}`,
  };
}

/** Suggests what the server itself would take the number for. */
function unitMissing(setting: Setting, given: number, { service, position }: Place): ProfileProblem {
  const { name, value, unit, bareUnit = 1 } = setting;
  const meant = given * bareUnit;
  const suggestion =
    unit === "bytes" ? (Number.isSafeInteger(meant) ? spellBytes(bytes(meant)) : undefined) : `${meant} ${unit}`;
  return {
    ...position,
    path: `services.${service}.settings.${name}`,
    found: `${given} without a unit`,
    expected: `${kindOf(value, unit)} with its unit, such as ${formatSetting(value, unit)}`,
    ...(given < 0 || suggestion === undefined ? {} : { suggestion }),
  };
}

function kindOf(value: SettingValue, unit: Setting["unit"]): string {
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return "true or false,";
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
