/** The plan: what takes the observed stack to the desired one. Pure; it decides everything and does nothing. */
import type { Action, ContainerAction, Plan, SettingChange } from "./action.ts";
import { byInstance } from "./containers.ts";
import { selectedServices, type Desired, type DesiredInstance, type DesiredService } from "../desire/desire.ts";
import type { EffectiveValue, ObservedContainer } from "../machine/facts.ts";
import type { Share } from "../service/service.ts";
import { formatSetting, isEffective, type Setting } from "../service/setting.ts";

/** A generated file as it is on disk. `edited` and `foreign` are a person's work: the first was ours once. */
export type FileState = "same" | "absent" | "outdated" | "edited" | "foreign";

export interface Observed {
  readonly containers: readonly ObservedContainer[];
  /** What each running server reports, by instance; an instance that did not answer is absent. */
  readonly effective: ReadonlyMap<string, ReadonlyMap<string, EffectiveValue>>;
  /** State of every file that the desired stack wants, by path. */
  readonly files: ReadonlyMap<string, FileState>;
  /** Folder of the stack's files now. */
  readonly folder?: string;
}

/** Cpu limits are kept by the kernel as a quota in microseconds of a period: equal to a thousandth. */
const CPU_TOLERANCE = 0.001;

/** Docker refuses to start a container in one of these states: "cannot start a paused container". */
const NEVER_STARTED: readonly ObservedContainer["state"][] = ["paused", "dead", "removing"];

/**
 * Actions in the order of execution: files, containers that go, limits that grow into the room they leave, containers
 * that come, restarts, live settings, limits that shrink. Applying them and planning again gives no action.
 */
export function planStack(desired: Desired, observed: Observed): Plan {
  const containers = byInstance(observed.containers);
  const notes: string[] = [];
  const changes: ContainerAction[] = [];
  const services = selectedServices(desired);
  for (const service of services) {
    const holds = holdersOf(service, services, containers);
    for (const instance of service.instances) {
      const container = containers.get(instance.name);
      const moved = planMoved(instance, container, observed.folder);
      const effective = observed.effective.get(instance.name);
      changes.push(...(moved ?? planInstance({ service, instance, container, effective, holds }, notes)));
    }
  }
  const actions = [
    ...planFiles(observed.files, notes),
    ...changes,
    ...planRemovals(desired, observed.containers, containers),
  ];
  return { actions: actions.toSorted((a, b) => rank(a) - rank(b)), notes };
}

function rank({ kind }: Action): number {
  switch (kind) {
    case "provision":
      return 0;
    case "create-machine":
    case "start-machine":
    case "resize-machine":
    case "repair-machine":
      return 1;
    case "obtain-image":
      return 2;
    case "write-file":
      return 3;
    case "remove-container":
      return 4;
    case "grow-limits":
      return 5;
    case "create-container":
    case "recreate-container":
    case "start-container":
      return 6;
    case "restart-container":
      return 7;
    case "apply-settings":
      return 8;
    case "shrink-limits":
      return 9;
  }
}

function planFiles(files: ReadonlyMap<string, FileState>, notes: string[]): Action[] {
  const actions: Action[] = [];
  for (const [path, state] of files) {
    switch (state) {
      case "same":
        break;
      case "absent":
        actions.push({ kind: "write-file", path, keepCopy: false, cause: "it does not exist" });
        break;
      case "outdated":
        actions.push({
          kind: "write-file",
          path,
          keepCopy: false,
          cause: "the profile or the machine gives other values",
        });
        break;
      case "edited":
        actions.push({
          kind: "write-file",
          path,
          keepCopy: true,
          cause: "it was edited by hand; a copy is kept beside it",
        });
        break;
      case "foreign":
        notes.push(`${path} has no signature line: it is yours and is left as it is`);
        break;
    }
  }
  return actions;
}

/** Services that run in front of this one and can make their clients wait. */
function holdersOf(
  { name }: DesiredService,
  services: readonly DesiredService[],
  containers: ReadonlyMap<string, ObservedContainer>,
): readonly string[] {
  return services
    .filter(({ requires, definition }) => requires.includes(name) && definition.holdsClients === true)
    .filter(({ instances }) => instances.every((each) => containers.get(each.name)?.state === "running"))
    .map((holder) => holder.name);
}

/** A container keeps the mounts it was made with: it does not start once their folder is gone, nor read new files. */
function planMoved(
  { name: instance, service }: DesiredInstance,
  container: ObservedContainer | undefined,
  folder: string | undefined,
): ContainerAction[] | undefined {
  const from = container?.folder;
  if (from === undefined || folder === undefined || from === folder) return undefined;
  return [{ kind: "recreate-container", service, instance, cause: `its files are those of ${from}, not of ${folder}` }];
}

interface Given {
  readonly service: DesiredService;
  readonly instance: DesiredInstance;
  readonly container: ObservedContainer | undefined;
  readonly effective: ReadonlyMap<string, EffectiveValue> | undefined;
  readonly holds: readonly string[];
}

function planInstance(given: Given, notes: string[]): ContainerAction[] {
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
  if (NEVER_STARTED.includes(container.state))
    return [{ kind: "recreate-container", ...on, cause: `it is ${container.state}` }];
  const limits = planLimits(service, instance, container, notes);
  if (container.state !== "running") {
    return [...limits, { kind: "start-container", ...on, cause: whyDown(container) }];
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
  // An engine whose kernel does not count swap answers -1, whatever it was told.
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

/** Engines write 0 for no limit. */
function limitOf(amount: number): number {
  return amount === 0 ? Number.POSITIVE_INFINITY : amount;
}

function planSettings(
  { service, instance, effective, holds }: Given & { readonly effective: ReadonlyMap<string, EffectiveValue> },
  notes: string[],
): ContainerAction[] {
  const on = { service: service.name, instance: instance.name };
  const differing = service.settings.filter((setting) => {
    const value = effective.get(setting.name);
    if (value && value.value !== setting.value && isEffective(setting, value))
      notes.push(roundingNote(on, setting, value));
    return !value || !isEffective(setting, value);
  });
  if (differing.length === 0) return [];
  const changes = differing.map((setting) => change(setting, effective.get(setting.name)));
  const cause = differing.map((setting) => difference(setting, effective.get(setting.name))).join(", ");
  if (differing.some(({ takes }) => takes === "recreate")) return [{ kind: "recreate-container", ...on, cause }];
  if (differing.some(({ takes }) => takes === "restart"))
    return [{ kind: "restart-container", ...on, changes, holds, cause }];
  return [{ kind: "apply-settings", ...on, changes, cause }];
}

function change(setting: Setting, effective: EffectiveValue | undefined): SettingChange {
  return { name: setting.name, unit: setting.unit, from: effective?.value, to: setting.value };
}

function difference(setting: Setting, effective: EffectiveValue | undefined): string {
  const wanted = formatSetting(setting.value, setting.unit);
  if (!effective) return `${setting.name} is not reported (wanted ${wanted})`;
  const origin = effective.origin ? `, set by ${effective.origin}` : "";
  const pending = effective.pendingRestart ? ", waits for a restart" : "";
  return `${setting.name} is ${formatSetting(effective.value, setting.unit)}, wanted ${wanted}${origin}${pending}`;
}

function roundingNote(on: { readonly instance: string }, setting: Setting, effective: EffectiveValue): string {
  const got = formatSetting(effective.value, setting.unit);
  const reason = setting.tolerance?.reason ?? "rounded by the server";
  return `${on.instance}: ${setting.name} is ${got} for ${formatSetting(setting.value, setting.unit)} (${reason})`;
}

function planRemovals(
  desired: Desired,
  containers: readonly ObservedContainer[],
  kept: ReadonlyMap<string, ObservedContainer>,
): ContainerAction[] {
  const services = selectedServices(desired);
  const wanted = new Set(services.flatMap(({ instances }) => instances.map(({ name }) => name)));
  const planned = new Set(services.map(({ name }) => name));
  // A service of the profile that is left out or not selected is left alone.
  const untouched = (service: string) => Object.hasOwn(desired.profile.services, service) && !planned.has(service);
  return containers.flatMap((container): ContainerAction[] => {
    const { service, instance, id } = container;
    const on = { kind: "remove-container", service, instance, containerId: id } as const;
    if (wanted.has(instance)) {
      return kept.get(instance) === container ? [] : [{ ...on, cause: "a second container of the same instance" }];
    }
    if (untouched(service)) return [];
    return [{ ...on, cause: `the profile ${desired.profile.name} does not have it; its volumes stay` }];
  });
}

function formatShare({ memory, cpus }: Share): string {
  const size = memory === 0 ? "no limit of memory" : formatSetting(memory, "bytes");
  return `${size} and ${cpus === 0 ? "all" : Number(cpus.toFixed(2))} cpus`;
}
