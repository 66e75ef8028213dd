/** Settings in a profile: they replace the computed ones, or are settings of the server that are not computed. Pure. */
import type { SettingValue } from "../machine/facts.ts";
import { nearest } from "../profile/nearest.ts";
import type { Position, ProfileProblem } from "../profile/problem.ts";
import { givenValue } from "./given-value.ts";
import { givenSetting, type SettingRules, type SettingSpec } from "./setting-rules.ts";
import { formatSetting, type Setting } from "./setting.ts";

export interface OverrideInput {
  readonly service: string;
  readonly tuned: readonly Setting[];
  /** By the server's own name of the setting. */
  readonly overrides: Readonly<Record<string, SettingValue>>;
  /** What the server accepts; without it, only tuned settings can be given. */
  readonly rules?: SettingRules | undefined;
  /**
   * Whether the values are checked: units, ranges and settings that Plumbline owns. If not, a number without a unit is
   * in the unit of the setting.
   */
  readonly isChecked: boolean;
  /** Returns the position of a setting in the profile's files. */
  readonly positionOf: (setting: string, what: "key" | "value") => Position;
}

export interface Overridden {
  readonly settings: readonly Setting[];
  readonly problems: readonly ProfileProblem[];
  /** Settings that another release of the server may know; they are among `settings`. */
  readonly unknown: readonly ProfileProblem[];
  /** The key in the profile by the server's name of the setting. */
  readonly keys: ReadonlyMap<string, string>;
}

/**
 * Returns the settings with the profile's values, which may have a unit ("8 MiB", "5 s"), and every mistake in them.
 * Settings that are not computed come last, in the profile's order.
 */
export function overrideSettings(input: OverrideInput): Overridden {
  const { tuned, overrides, rules, isChecked, positionOf } = input;
  const settings = new Map(tuned.map((setting) => [setting.name, setting]));
  const problems: ProfileProblem[] = [];
  const unknown: ProfileProblem[] = [];
  const keys = new Map<string, string>();
  for (const [key, given] of Object.entries(overrides)) {
    const placed = (what: "key" | "value", problem: Mistake): ProfileProblem => {
      return { ...positionOf(key, what), path: `services.${input.service}.settings.${key}`, ...problem };
    };
    const report = (what: "key" | "value", problem: Mistake) => problems.push(placed(what, problem));
    const name = settings.has(key) ? key : (rules?.nameOf(key) ?? key);
    const own = { tuned: settings.get(name), spec: rules?.specOf(name) };
    const inOther = own.tuned || own.spec ? undefined : rules?.specInOther?.(name);
    const known = inOther ? { tuned: undefined, spec: inOther } : own;
    const refused = keyMistake({ name, key, input, known, other: keys.get(name) });
    if (refused) {
      report("key", refused);
      continue;
    }
    if (inOther && isChecked) unknown.push(placed("key", unknownName(key, input)));
    keys.set(name, key);
    const read = givenValue(given, known, isChecked);
    if (!("value" in read)) {
      report("value", read);
      continue;
    }
    const setting = settingOf(known, read.value, input);
    if (setting) settings.set(name, { ...setting, given: placeOf(positionOf(key, "key")) });
  }
  return { settings: [...settings.values()], problems, unknown, keys };
}

type Mistake = Pick<ProfileProblem, "found" | "expected" | "suggestion">;

interface KeyInput {
  readonly name: string;
  readonly key: string;
  readonly input: OverrideInput;
  readonly known: { readonly tuned: Setting | undefined; readonly spec: SettingSpec | undefined };
  /** Another key of the profile for the same setting. */
  readonly other: string | undefined;
}

function keyMistake({ name, key, input, known, other }: KeyInput): Mistake | undefined {
  const { rules, isChecked } = input;
  if (other !== undefined) return { found: `${name} a second time`, expected: `either ${other} or ${key}` };
  const owned = isChecked ? rules?.ownedBecause(name) : undefined;
  if (owned !== undefined)
    return { found: "a setting that Plumbline gives the server itself", expected: `no value here: ${owned}` };
  if (known.tuned) return undefined;
  if (known.spec?.takes === "fixed")
    return { found: "a value that no conf file can change", expected: "no value here: the server only reports it" };
  return known.spec ? undefined : unknownName(key, input);
}

function unknownName(key: string, { tuned, rules }: OverrideInput): Mistake {
  const names = tuned.map((setting) => setting.name);
  const suggestion = nearest(key, [...names, ...(rules?.names ?? [])]);
  return {
    found: rules ? "a setting that the server does not know" : "a setting that is not tuned",
    expected: rules ? "the server's own name of a setting" : `one of ${names.join(", ")}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function settingOf({ tuned, spec }: KeyInput["known"], value: SettingValue, input: OverrideInput): Setting | undefined {
  const source = `services.${input.service}.settings in the profile`;
  if (tuned) {
    const inputs = { "the formula gives": formatSetting(tuned.value, tuned.unit) };
    const whole = spec?.form?.over?.(String(tuned.value), String(value)) ?? value;
    // A computed value is as the server reports it; a given one may be written in another way.
    const tolerance = tuned.tolerance ?? spec?.tolerance;
    const because = { formula: FROM_THE_PROFILE, inputs, source };
    return { ...tuned, value: whole, because, ...(tolerance ? { tolerance } : {}) };
  }
  if (!spec || spec.takes === "fixed") return undefined;
  return givenSetting({ ...spec, takes: spec.takes }, value, { formula: FROM_THE_PROFILE, inputs: {}, source });
}

const FROM_THE_PROFILE = "from the profile";

/** "profiles/mine.yaml:12:7" */
function placeOf({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}
