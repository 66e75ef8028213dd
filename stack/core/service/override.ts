/** Settings in a profile that replace the computed ones. Pure. */
import type { SettingValue } from "../machine/facts.ts";
import { nearest } from "../profile/nearest.ts";
import { describeValue, type Position, type ProfileProblem } from "../profile/problem.ts";
import { formatSetting, type Setting } from "./setting.ts";
import { parseBytes, parseDurationMs } from "../units.ts";

export interface OverrideInput {
  readonly service: string;
  readonly tuned: readonly Setting[];
  /** By the server's own name of the setting. */
  readonly overrides: Readonly<Record<string, SettingValue>>;
  /** Returns the position of a setting in the profile's files. */
  readonly positionOf: (setting: string, what: "key" | "value") => Position;
}

/**
 * Returns the settings with the profile's values, which may have a unit ("8 MiB", "5 s"), and every mistake in them.
 */
export function overrideSettings({ service, tuned, overrides, positionOf }: OverrideInput): {
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
    const value = valueOf(setting, given);
    if (value === undefined) problems.push(wrongValue(setting, given, service, positionOf(setting.name, "value")));
    return value === undefined ? setting : { ...setting, value, because: becauseOf(service, setting) };
  });
  return { settings, problems };
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

interface Unknown {
  readonly service: string;
  readonly names: readonly string[];
  readonly position: Position;
}

function unknownSetting(name: string, { service, names, position }: Unknown): ProfileProblem {
  const suggestion = nearest(name, names);
  return {
    ...position,
    path: `services.${service}.settings.${name}`,
    found: "a setting that is not tuned",
    expected: `one of ${names.join(", ")}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function wrongValue({ name, value, unit }: Setting, given: SettingValue, service: string, position: Position) {
  return {
    ...position,
    path: `services.${service}.settings.${name}`,
    found: describeValue(given),
    expected: `${kindOf(value, unit)} such as ${typeof value === "string" ? JSON.stringify(value) : formatSetting(value, unit)}`,
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
