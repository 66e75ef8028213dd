/** Decides what has to change on each container, one instance at a time. Pure. */
import { isStart, type ContainerAction, type SettingChange } from "./action.ts";
import { outlivesReset, planMending, planReset } from "./persisted.ts";
import type { DesiredInstance, DesiredService } from "../desire/desire.ts";
import type { EffectiveValue, ObservedContainer } from "../machine/facts.ts";
import { deviationOf } from "../service/confinement.ts";
import type { Damage, Persisted } from "../service/setting-rules.ts";
import type { Share } from "../service/service.ts";
import { formatSetting, isEffective, type Setting } from "../service/setting.ts";

/** The kernel keeps a cpu limit as microseconds per period, so limits are equal to within a thousandth. */
const CPU_TOLERANCE = 0.001;

/** Docker refuses to start a container in one of these states: "cannot start a paused container". */
const NEVER_STARTED: readonly ObservedContainer["state"][] = ["paused", "dead", "removing"];

export interface Given {
  readonly service: DesiredService;
  readonly instance: DesiredInstance;
  readonly container: ObservedContainer | undefined;
  /** What its server reports; undefined if it did not answer. */
  readonly effective: ReadonlyMap<string, EffectiveValue> | undefined;
  /** The current folder of the stack's files. */
  readonly folder: string | undefined;
  /** Services that can make their clients wait while this instance restarts. */
  readonly drains: readonly string[];
  /** Its volumes on which no server has ever answered, nor can. */
  readonly hopeless: readonly string[];
  /** Settings that its server keeps in a file of its own. */
  readonly persisted: Persisted | undefined;
  /** Files of its server that keep it from starting. */
  readonly damages: readonly Damage[];
  /** Names of those with which its server was just seen not to start. */
  readonly blamed: ReadonlySet<string>;
  /** Why data would be lost if its server ended now. */
  readonly unsaved: string | undefined;
  /** Paths of its conf files that are to be written. */
  readonly outdated: readonly string[];
}

/** Returns every action that this instance needs. Adds to `notes` what must be known but needs no action. */
export function planInstance(given: Given, notes: string[]): readonly ContainerAction[] {
  const { container, instance } = given;
  const changes = planRenewal(given) ?? planPersisted(given, planMoved(given) ?? planContainer(given, notes));
  const actions = [...planMending(given), ...planSaving(given, changes), ...changes];
  if (container?.state !== "paused" || !actions.some(({ kind }) => kind === "recreate-container")) return actions;
  const cause = "it is paused, and Compose cannot replace a container that is";
  return [{ kind: "unpause-container", service: instance.service, instance: instance.name, cause }, ...actions];
}

/** Once the server has ended, nobody can ask it for what it holds in memory only. */
function planSaving(
  { instance, container, unsaved }: Given,
  changes: readonly ContainerAction[],
): readonly ContainerAction[] {
  const ends = changes.some((action) => isStart(action) || action.kind === "restart-container");
  if (unsaved === undefined || !ends || container?.state !== "running") return [];
  return [{ kind: "save-data", service: instance.service, instance: instance.name, cause: unsaved }];
}

/**
 * Official entry points take a volume that holds the first files for a complete one, so starting again does not help.
 * `hopeless` are the volumes of which this run has seen that.
 */
function planRenewal({ instance, container, hopeless }: Given): ContainerAction[] | undefined {
  if (hopeless.length === 0) return undefined;
  const on = { service: instance.service, instance: instance.name };
  const cause = "its first start ended before the server had answered once, and left files that no server starts with";
  return [
    { kind: "renew-volumes", ...on, volumes: hopeless, containerId: container?.id, cause },
    { kind: "create-container", ...on, cause: "its volume is made anew" },
  ];
}

/**
 * Resets what the server has persisted before anything else is done to it. A running server that keeps to such a value
 * until it starts again is restarted.
 */
function planPersisted(given: Given, actions: readonly ContainerAction[]): readonly ContainerAction[] {
  const isRunning = given.container?.state === "running";
  const reset = planReset(given, { isRunning, answers: given.effective !== undefined });
  if (!reset) return actions;
  const { service, instance, drains } = given;
  const begins = actions.some((action) => isStart(action) || action.kind === "restart-container");
  if (begins || !isRunning || !outlivesReset(given, given.effective !== undefined)) return [reset, ...actions];
  const live = actions.find(({ kind }) => kind === "apply-settings");
  const changes = live?.kind === "apply-settings" ? live.changes : [];
  const on = { service: service.name, instance: instance.name };
  const cause = "it keeps to what was reset until it starts again";
  const others = actions.filter((action) => action !== live);
  return [reset, ...others, { kind: "restart-container", ...on, changes, drains, cause }];
}

/**
 * A container keeps the mounts that it was created with: once their folder is gone it does not start, nor read new
 * files.
 */
function planMoved({ instance: { name: instance, service }, container, folder }: Given): ContainerAction[] | undefined {
  const from = container?.folder;
  if (from === undefined || folder === undefined || from === folder) return undefined;
  return [{ kind: "recreate-container", service, instance, cause: `its files are those of ${from}, not of ${folder}` }];
}

function planContainer(given: Given, notes: string[]): ContainerAction[] {
  const { service, instance, container, effective } = given;
  const on = { service: service.name, instance: instance.name };
  if (!container) return [{ kind: "create-container", ...on, cause: "no container of this name" }];
  if (container.image !== service.image.reference) {
    return [
      { kind: "recreate-container", ...on, cause: `image ${container.image} becomes ${service.image.reference}` },
    ];
  }
  if (container.identity !== instance.identity) {
    return [
      { kind: "recreate-container", ...on, cause: "its definition (command, mounts, ports, identity files) changed" },
    ];
  }
  const deviation = deviationOf(instance.confinement, container.confinement, given.folder ?? container.folder);
  if (deviation !== undefined) return [{ kind: "recreate-container", ...on, cause: deviation }];
  if (NEVER_STARTED.includes(container.state))
    return [{ kind: "recreate-container", ...on, cause: `it is ${container.state}` }];
  const limits = planLimits(service, instance, container, notes);
  if (container.state !== "running") {
    return [...limits, { kind: "start-container", ...on, cause: whyDown(container) }];
  }
  if (!effective && given.outdated.length > 0) {
    // Nobody can tell it of its new files, and it may be the old ones that keep it from answering.
    const cause = `it does not answer, and was started with another ${given.outdated.join(", ")}`;
    return [...limits, { kind: "restart-container", ...on, changes: [], drains: given.drains, cause }];
  }
  const settings = effective ? planSettings({ ...given, effective }, notes) : [];
  // A new container has the new limits from the start.
  return settings.some(({ kind }) => kind === "recreate-container") ? settings : [...limits, ...settings];
}

function whyDown({ state, exitCode, outOfMemory }: ObservedContainer): string {
  if (outOfMemory) return "the kernel ended it: its memory limit was reached";
  return exitCode === undefined ? `it is ${state}` : `it has ${state} with code ${exitCode}`;
}

function planLimits(
  service: DesiredService,
  instance: DesiredInstance,
  container: ObservedContainer,
  notes: string[],
): ContainerAction[] {
  const from: Share = { memory: container.memoryLimit, cpus: container.cpuLimit };
  const to = service.share;
  // An engine whose kernel does not count swap reports -1, whatever was requested.
  if (container.swapLimit < 0) notes.push(`${instance.name} may swap: its engine keeps no limit of swap`);
  const sameSwap = container.swapLimit === to.memory || container.swapLimit < 0;
  const sameCpus = Math.abs(from.cpus - to.cpus) <= CPU_TOLERANCE;
  if (from.memory === to.memory && sameSwap && sameCpus) return [];
  const shrinks = to.memory === from.memory ? to.cpus < limitOf(from.cpus) : to.memory < limitOf(from.memory);
  const noSwap = container.swapLimit === from.memory || container.swapLimit < 0;
  const swap = noSwap ? "" : `, and ${formatSetting(container.swapLimit, "bytes")} with swap`;
  const cause = `the budget gives ${formatShare(to)}, the container has ${formatShare(from)}${swap}`;
  const kind = shrinks ? "shrink-limits" : "grow-limits";
  return [{ kind, service: service.name, instance: instance.name, from, to, cause }];
}

/** Engines report 0 for "no limit". */
function limitOf(amount: number): number {
  return amount === 0 ? Number.POSITIVE_INFINITY : amount;
}

function planSettings(
  { service, instance, effective, drains }: Given & { readonly effective: ReadonlyMap<string, EffectiveValue> },
  notes: string[],
): ContainerAction[] {
  const on = { service: service.name, instance: instance.name };
  const differing = service.settings.filter((setting) => {
    if (setting.unreported) return false; // a change of it is one of the container's definition
    const value = effective.get(setting.name);
    if (value && typeof setting.value === "number" && value.value !== setting.value && isEffective(setting, value))
      notes.push(roundingNote(on, setting, value));
    return !value || !isEffective(setting, value);
  });
  if (differing.length === 0) return [];
  const changes = differing.map((setting) => change(setting, effective.get(setting.name)));
  const cause = differing.map((setting) => difference(setting, effective.get(setting.name))).join(", ");
  if (differing.some(({ takes }) => takes === "recreate")) return [{ kind: "recreate-container", ...on, cause }];
  if (differing.some(({ takes }) => takes === "restart"))
    return [{ kind: "restart-container", ...on, changes, drains, cause }];
  return [{ kind: "apply-settings", ...on, changes, cause }];
}

function change(setting: Setting, effective: EffectiveValue | undefined): SettingChange {
  return { name: setting.name, unit: setting.unit, from: effective?.value, to: setting.value };
}

function difference(setting: Setting, effective: EffectiveValue | undefined): string {
  const wanted = formatSetting(setting.value, setting.unit);
  if (!effective) {
    const place = setting.given === undefined ? "" : `, given at ${setting.given}`;
    return `${setting.name} is not reported (wanted ${wanted}${place})`;
  }
  const origin = effective.origin ? `, set by ${effective.origin}` : "";
  const pending = effective.pendingRestart ? ", waits for a restart" : "";
  return `${setting.name} is ${formatSetting(effective.value, setting.unit)}, wanted ${wanted}${origin}${pending}`;
}

function roundingNote(on: { readonly instance: string }, setting: Setting, effective: EffectiveValue): string {
  const got = formatSetting(effective.value, setting.unit);
  const reason = setting.tolerance?.reason ?? "rounded by the server";
  return `${on.instance}: ${setting.name} is ${got} for ${formatSetting(setting.value, setting.unit)} (${reason})`;
}

function formatShare({ memory, cpus }: Share): string {
  const size = memory === 0 ? "no limit of memory" : formatSetting(memory, "bytes");
  return `${size} and ${cpus === 0 ? "all" : Number(cpus.toFixed(2))} cpus`;
}
