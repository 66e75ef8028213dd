/** The settings of all services: computed ones, and those of the profile, judged together. Pure. */
import { PlumblineError } from "../errors.ts";
import { formatProblem, type Position, type ProfileProblem } from "../profile/problem.ts";
import type { PositionOf, Profile } from "../profile/profile.ts";
import { isOtherRelease, mayBeOtherRelease } from "./release.ts";
import { overrideSettings, type Overridden } from "../service/override.ts";
import type { ConfiguredService, TuneInput } from "../service/service.ts";
import type { Judgement, SettingValues } from "../service/setting-rules.ts";
import type { Setting } from "../service/setting.ts";

export interface ComputedSettings {
  readonly definition: ConfiguredService;
  readonly input: TuneInput;
  readonly tuned: readonly Setting[];
}

export interface SettledSettings {
  /** By service. */
  readonly settings: ReadonlyMap<string, readonly Setting[]>;
  readonly warnings: readonly string[];
  /** Values and names that `up` and `switch` refuse, for commands that only look; otherwise they are thrown. */
  readonly refusals: readonly string[];
  /** Settings that no release in sight is known to have, if the caller decides about them. */
  readonly unknown: readonly UnknownSetting[];
}

/** A setting of the profile that is not among those of the release whose settings are known. */
export interface UnknownSetting {
  readonly definition: Pick<ConfiguredService, "name" | "image">;
  readonly release: string;
  readonly problem: ProfileProblem;
}

/** What the settings are for: to look at what runs, or to change it. */
export type Purpose = "look" | "change";

export interface SettleOptions {
  readonly purpose?: Purpose | undefined;
  /**
   * Default: "by tags", which refuses unknown names where every image that a service may have is of the release whose
   * settings are known: they are thrown, or among the refusals if the purpose is to look. "returned": the caller knows the images, and calls `decideUnknown`.
   */
  readonly unknownNames?: "by tags" | "returned" | undefined;
}

/**
 * Returns the settings with the profile's values. Throws PROFILE_INVALID with every mistake in them. Without
 * `positionOf`, which means a profile that a stack was brought up with, what was accepted then is accepted again.
 */
export function settleSettings(
  profile: Profile,
  computed: readonly ComputedSettings[],
  positionOf: PositionOf | undefined,
  { purpose = "change", unknownNames = "by tags" }: SettleOptions = {},
): SettledSettings {
  const problems: ProfileProblem[] = [];
  const unknown: UnknownSetting[] = [];
  const overridden = new Map<string, Overridden>();
  for (const { definition, tuned } of computed) {
    const { name, settingRules } = definition;
    const found = overrideSettings({
      service: name,
      tuned,
      overrides: profile.overrides[name] ?? {},
      rules: settingRules,
      isChecked: positionOf !== undefined,
      positionOf: (setting, what) => placeIn(profile, positionOf, ["services", name, "settings", setting], what),
    });
    overridden.set(name, found);
    problems.push(...found.problems);
    const release = settingRules?.release ?? "";
    unknown.push(...found.unknown.map((problem) => ({ definition, release, problem })));
  }
  const decided = unknownNames === "returned" ? NOTHING_DECIDED : decideUnknown(unknown, () => undefined);
  const warnings: string[] = [...decided.warnings];
  const refusals: string[] = [];
  if (purpose === "look") refusals.push(...decided.problems.map(refusalText));
  else problems.push(...decided.problems);
  // A value that could not be read would be judged by the computed one.
  if (positionOf !== undefined && problems.length === 0) {
    for (const { severity, ...problem } of judged(profile, computed, overridden, positionOf)) {
      if (severity === "refused" && purpose === "look") refusals.push(refusalText(problem));
      else if (severity === "refused") problems.push(problem);
      else warnings.push(formatProblem(problem));
    }
  }
  if (problems.length > 0) throw wrongSettings(profile, problems);
  const settings = new Map([...overridden].map(([name, { settings }]) => [name, settings]));
  return { settings, warnings, refusals, unknown };
}

export interface Decided {
  readonly problems: readonly ProfileProblem[];
  readonly warnings: readonly string[];
}

const NOTHING_DECIDED: Decided = { problems: [], warnings: [] };

/** Returns what a command that only looks says of a mistake. */
export function refusalText(problem: ProfileProblem): string {
  return `${formatProblem(problem)}; \`up\` refuses it`;
}

/**
 * Decides about unknown names: a mistake where the image is of the release whose settings are known, and otherwise a
 * warning, because the server decides. `versionOf` returns the version in a service's image; if it is not known, the
 * tags decide.
 */
export function decideUnknown(
  unknown: readonly UnknownSetting[],
  versionOf: (service: string) => string | undefined,
): Decided {
  const problems: ProfileProblem[] = [];
  const warnings: string[] = [];
  for (const { definition, release, problem } of unknown) {
    const version = versionOf(definition.name);
    const isOther = isOtherRelease(version ?? "", release);
    if (!(isOther ?? mayBeOtherRelease(definition.image, release))) problems.push(problem);
    else {
      const which = isOther === undefined ? "another release" : `the version ${version}`;
      const found = `a setting that ${definition.name} ${release} does not know`;
      const expected = `one that ${which} knows: the server gets it as it is, and does not start if it does not know it`;
      warnings.push(formatProblem({ ...problem, found, expected }));
    }
  }
  return { problems, warnings };
}

/** Judges the services whose own settings, or those of a service that they require, the profile gives. */
function judged(
  profile: Profile,
  computed: readonly ComputedSettings[],
  overridden: ReadonlyMap<string, Overridden>,
  positionOf: PositionOf,
): readonly (ProfileProblem & Pick<Judgement, "severity">)[] {
  const values = new Map([...overridden].map(([name, { settings }]) => [name, valuesOf(settings)]));
  return computed.flatMap(({ definition, input }) => {
    const { name, requires, instances, settingRules } = definition;
    const settings = values.get(name);
    if (!settings || !settingRules?.judge) return [];
    const neighbours = new Map([...values].filter(([service]) => requires.includes(service)));
    const judgements = settingRules.judge({ settings, tuned: input, neighbours, instances: instances.length });
    return judgements.flatMap(({ settings: deciding, severity, found, expected }) => {
      const given = deciding.map((each) => givenKey(each, name, overridden)).find((each) => each !== undefined);
      if (!given) return [];
      const path = ["services", given.service, "settings", given.key];
      return [{ ...placeIn(profile, positionOf, path, "value"), path: path.join("."), found, expected, severity }];
    });
  });
}

/** Returns the key in the profile of "<service>.<name>", or of a name of `own`; undefined if the value is computed. */
function givenKey(deciding: string, own: string, overridden: ReadonlyMap<string, Overridden>) {
  const [first = "", ...rest] = deciding.split(".");
  const [service, name] = first !== own && overridden.has(first) ? [first, rest.join(".")] : [own, deciding];
  const key = overridden.get(service)?.keys.get(name);
  return key === undefined ? undefined : { service, key };
}

function valuesOf(settings: readonly Setting[]): SettingValues {
  return new Map(settings.map(({ name, value }) => [name, value]));
}

function placeIn(
  profile: Profile,
  positionOf: PositionOf | undefined,
  path: readonly string[],
  what: "key" | "value",
): Position {
  return positionOf?.(path, what) ?? { file: profile.name, line: 1, column: 1 };
}

export function wrongSettings({ name }: Pick<Profile, "name">, problems: readonly ProfileProblem[]): PlumblineError {
  return new PlumblineError("PROFILE_INVALID", {
    what: `The profile ${name} has ${problems.length === 1 ? "a mistake" : `${problems.length} mistakes`} in its settings`,
    why: problems.map(formatProblem).join("\n"),
    fix: "Correct them; `npm run explain` lists every setting with the value that the formulas give",
    details: { problems },
  });
}
