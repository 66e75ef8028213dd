/** Decides which settings that a server has persisted are reset, and what follows from that. Pure. */
import type { ContainerAction } from "./action.ts";
import type { DesiredInstance, DesiredService } from "../desire/desire.ts";
import type { ObservedContainer } from "../machine/facts.ts";
import type { Damage, Persisted, PersistedFile } from "../service/setting-rules.ts";
import { formatSetting, type Setting } from "../service/setting.ts";

export interface PersistedInput {
  readonly service: DesiredService;
  readonly instance: DesiredInstance;
  /** What its file holds; undefined if there is no file or nobody could read it. */
  readonly persisted: Persisted | undefined;
  /** Names of those with which its server was just seen not to start. */
  readonly blamed: ReadonlySet<string>;
}

/** One persisted setting that must go. */
export interface Override {
  readonly name: string;
  readonly value: string;
  readonly why: string;
  /** True if the server reaches nobody or nothing with it, or follows it until a restart. */
  readonly isOwned: boolean;
}

type Reset = ContainerAction & { readonly kind: "reset-persisted" };

/** Returns the persisted settings that the plan owns and that say something else, and those blamed. */
export function overridesOf({ service, persisted, blamed }: PersistedInput): readonly Override[] {
  const { settings, definition } = service;
  const tuned = new Map(settings.map((setting) => [setting.name, setting]));
  return [...(persisted?.values ?? [])].flatMap(([name, value]): readonly Override[] => {
    const setting = tuned.get(name);
    if (setting && !isSame(value, setting, service)) {
      const wanted = formatSetting(setting.value, setting.unit);
      return [{ name, value, why: `the plan wants ${wanted}`, isOwned: false }];
    }
    const reason = setting ? undefined : definition.settingRules?.ownedBecause(name);
    if (reason !== undefined) return [{ name, value, why: reason, isOwned: true }];
    return blamed.has(name) ? [{ name, value, why: "the server does not start with it", isOwned: false }] : [];
  });
}

export interface ServerState {
  readonly isRunning: boolean;
  /** True if it can reset its settings itself. */
  readonly answers: boolean;
}

/**
 * Returns the action that removes them; undefined if there is nothing to remove. A damaged file is left to a server that
 * runs: it has started without it, and may be writing it.
 */
export function planReset(input: PersistedInput, { isRunning, answers }: ServerState): Reset | undefined {
  const { service, instance, persisted } = input;
  const file = service.definition.persisted;
  if (!file || !persisted) return undefined;
  const overrides = overridesOf(input);
  if (overrides.length === 0 && (isRunning || persisted.fault === undefined)) return undefined;
  const by = answers && persisted.fault === undefined ? "server" : "file";
  const names = overrides.map(({ name }) => name);
  const on = { service: service.name, instance: instance.name };
  return { kind: "reset-persisted", ...on, path: file.path, names, by, cause: causeOf(file, overrides, persisted) };
}

interface MendingInput extends Pick<PersistedInput, "service" | "instance"> {
  readonly container: Pick<ObservedContainer, "state"> | undefined;
  readonly hopeless: readonly string[];
  readonly damages: readonly Damage[];
}

/** Returns the actions that mend what keeps a stopped server from starting. A server that runs has started with it. */
export function planMending({ service, instance, container, hopeless, damages }: MendingInput): readonly Reset[] {
  if (container === undefined || container.state === "running" || hopeless.length > 0) return [];
  const on = { service: service.name, instance: instance.name };
  return damages.map(({ file: { path, sound }, fault }) => ({
    kind: "reset-persisted",
    ...on,
    path,
    names: [],
    by: "file",
    sound,
    cause: fault,
  }));
}

/**
 * Returns whether a running server must be restarted once these are reset: it is told of what it can change while it runs,
 * if it answers.
 */
export function outlivesReset(input: PersistedInput, answers: boolean): boolean {
  const { settingRules } = input.service.definition;
  const owned = overridesOf(input).filter(({ isOwned }) => isOwned);
  return owned.some(({ name }) => !answers || settingRules?.specOf(name)?.takes !== "live");
}

function causeOf({ statement }: PersistedFile, overrides: readonly Override[], { fault }: Persisted): string {
  const sets = overrides.map(({ name, value, why }) => `${name} = ${value} (${why})`);
  return [
    ...(fault === undefined ? [] : [fault]),
    ...(sets.length > 0 ? [`${statement} set ${sets.join(", ")}`] : []),
  ].join("; ");
}

function isSame(text: string, { value, unit }: Setting, { definition }: DesiredService): boolean {
  const spellings = [String(value), definition.spell(value, unit)].map(plain);
  return spellings.includes(plain(text));
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/\s/g, "");
}
