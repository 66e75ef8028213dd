/** `down`: stops a stack and removes its containers and networks. The data stay. */
import { rmdir } from "node:fs/promises";
import { messageOf, PlumblineError } from "../core/errors.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { Report } from "../core/progress.ts";
import type { Downed } from "../core/results/commands/removal.ts";
import type { ConfiguredService } from "../core/service/service.ts";
import type { MachineState } from "../core/machine/machine.ts";
import type { Runtime } from "../core/machine/runtime.ts";
import type { Deployer } from "../core/machine/deployer.ts";
import type { Engine, Guests } from "../core/machine/engine.ts";
import { projectName } from "../core/stack-names.ts";
import { registry } from "../services/index.ts";
import { unlessAborted } from "../converge/execution/unless-aborted.ts";
import { throwIfAborted } from "../host/deadline.ts";
import { takeLock } from "../host/lock.ts";
import { DEFAULT_PROFILE } from "../records/profiles.ts";
import { noRuntime } from "./request/no-runtime.ts";
import { volumesIn } from "./volumes/own.ts";
import { readWanted, type StackOptions, type Wanted } from "./request/request.ts";
import { askForAnotherClone } from "./request/another-clone.ts";
import { discoverEngine, unasked, whyDown, type Discovery } from "./request/discovery.ts";

export interface DownOptions extends StackOptions {
  /** Also stop the machine, if Plumbline created it. */
  readonly machine: boolean;
  /** Asked before a stack is stopped that another clone brought up. */
  readonly confirm: (question: string) => Promise<boolean>;
}

export interface DownControls {
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Finds everything by label, so it needs no generated file. Rejects with STACK_BUSY, ENGINE_UNREACHABLE, with
 * NEEDS_CONFIRMATION for the stack of another clone, and with NO_RUNTIME if what may run the stack cannot be asked.
 */
export async function takeDown(options: DownOptions, controls: DownControls): Promise<Downed> {
  const wanted = await readWantedOrDefault(options);
  const lock = await takeLock(wanted.folder.lock, "down");
  try {
    // A container that stops slowly is left to the engine: the next run finds what is there.
    return await unlessAborted(takeDownLocked(wanted, options, controls), controls.signal);
  } finally {
    await lock.release();
    await rmdir(wanted.folder.root).catch(() => undefined); // empty only if the stack never existed
  }
}

async function takeDownLocked(wanted: Wanted, options: DownOptions, controls: DownControls): Promise<Downed> {
  const found = await discoverEngine(wanted);
  requireAnswer(found, wanted, options);
  const { runtime } = found;
  const project = projectName(wanted.stack);
  const notes: string[] = [];
  let removed: Removed = { containers: [], networks: [] };
  let volumes: readonly string[] = [];
  let unfinished: readonly string[] = [];
  if (found.kind === "engine") {
    const { engine } = found;
    const { confirm } = options;
    for (const from of await askForAnotherClone(engine, wanted, { verb: "Stop", confirm }))
      notes.push(`its containers were made from ${from}`);
    const { own, others } = await volumesIn(engine, project, wanted);
    notes.push(...guestNotes(withVolumes(await engine.guests(project), others)));
    removed = await removeContainers({ engine, deploy: runtime.deploy, project, services: wanted.services }, controls);
    volumes = own.map(({ name }) => name);
    unfinished = await engine.firstStarts.unfinished(project);
  } else notes.push(`${whyDown(found.state)}: nothing of the stack runs`);
  throwIfAborted(controls.signal);
  const machineStopped = options.machine && (await stopMachine(runtime, isUp(found.state), notes));
  return { stack: wanted.stack, ...removed, volumes, unfinished, machineStopped, notes };
}

/** Returns the guests with these volumes among them, sorted, each once. */
export function withVolumes(guests: Guests, volumes: readonly { readonly name: string }[]): Guests {
  return { ...guests, volumes: [...new Set([...guests.volumes, ...volumes.map(({ name }) => name)])].toSorted() };
}

/** Names what a person added to the Compose project, and what stays. */
export function guestNotes({ containers, volumes, networks }: Guests): readonly string[] {
  return [
    ...containers.map(({ name }) => `the container ${name}`),
    ...volumes.map((name) => `the volume ${name}`),
    ...networks.map((name) => `the network ${name}`),
  ].map((name) => `${name} is kept: Plumbline did not make it`);
}

/** Reads the profile, or the default one: a stack can be inspected and removed even if its profile is gone. */
export async function readWantedOrDefault(options: StackOptions): Promise<Wanted> {
  try {
    return await readWanted(options);
  } catch (error) {
    const isProfile = error instanceof PlumblineError && error.code.startsWith("PROFILE_");
    if (!isProfile || options.profile !== undefined) throw error;
    return readWanted({ ...options, profile: DEFAULT_PROFILE });
  }
}

/**
 * Rejects unless it is known what of the stack runs. A broken machine is known after it was stopped, which `--machine`
 * asks for.
 */
function requireAnswer(
  found: Discovery,
  wanted: Wanted,
  { machine }: DownOptions,
): asserts found is Exclude<Discovery, { readonly kind: "no runtime" }> {
  switch (found.kind) {
    case "engine":
      return;
    case "no runtime":
      throw noRuntime(found.none, wanted);
    case "machine down": {
      const silent = machine && found.runtime.features.machine ? found.passed : unasked(found);
      if (silent.length > 0) throw noRuntime(silent, wanted);
    }
  }
}

/** A broken machine may run, too. */
function isUp({ state }: MachineState): boolean {
  return state === "running" || state === "broken";
}

async function stopMachine(runtime: Runtime, running: boolean, notes: string[]): Promise<boolean> {
  if (!runtime.features.machine) {
    notes.push("the machine is not Plumbline's own and keeps running");
    return false;
  }
  if (running) await runtime.teardown({ remove: false });
  return running;
}

/** Names of the removed objects. */
export type Removed = Pick<Downed, "containers" | "networks">;

type Requiring = Pick<ConfiguredService, "name" | "requires">;

export interface OnEngine {
  readonly engine: Pick<Engine, "containers" | "guestContainers" | "networks" | "removeNetwork">;
  readonly deploy: Pick<Deployer, "remove">;
  readonly project: string;
  /** Services of the profile; other services are taken from the registry. */
  readonly services?: readonly Requiring[];
}

/**
 * Stops every container that Plumbline made gracefully, dependent ones first, then removes the containers, and the
 * networks to which no container of a person is connected.
 */
export async function removeContainers(
  { engine, deploy, project, services = [] }: OnEngine,
  { report, signal }: DownControls,
): Promise<Removed> {
  const containers = await engine.containers(project);
  await stopAndRemove(containers, { deploy, services }, { report, signal });
  const guests = await engine.guestContainers(project);
  const used = new Set(guests.flatMap((guest) => guest.networks));
  const networks = (await engine.networks(project)).filter((name) => !used.has(name));
  await all(networks, (name) => engine.removeNetwork(name));
  return { containers: containers.map(({ instance }) => instance), networks };
}

/** Stops and removes these containers, dependent ones first. */
export async function stopAndRemove(
  containers: readonly ObservedContainer[],
  { deploy, services = [] }: Pick<OnEngine, "deploy" | "services">,
  { report, signal }: DownControls,
): Promise<void> {
  for (const wave of stopOrder(containers, services)) {
    throwIfAborted(signal);
    await all(wave, async (container) => {
      const { instance } = container;
      const step = `down:${instance}`;
      report({ kind: "step-started", id: step, title: `stop ${instance}` });
      try {
        await deploy.remove(container);
        report({ kind: "step-done", id: step });
      } catch (error) {
        report({ kind: "step-failed", id: step, reason: messageOf(error) });
        throw error;
      }
    });
  }
}

/**
 * Returns the stop order: a service stops before the services that it requires, so that nothing fails against a stopped
 * server.
 */
export function stopOrder(
  containers: readonly ObservedContainer[],
  services: readonly Requiring[] = [],
): readonly (readonly ObservedContainer[])[] {
  const depth = (service: string): number => {
    const known = services.find(({ name }) => name === service) ?? registry.get(service)?.configure({});
    const requires = known?.requires ?? [];
    return requires.length === 0 ? 0 : 1 + Math.max(...requires.map(depth));
  };
  const waves = new Map<number, ObservedContainer[]>();
  for (const container of containers) {
    const level = depth(container.service);
    waves.set(level, [...(waves.get(level) ?? []), container]);
  }
  return [...waves].toSorted(([a], [b]) => b - a).map(([, wave]) => wave);
}

/** Runs the work concurrently for every item, then throws the first failure. */
async function all<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  await Promise.all(
    items.map(async (item) => {
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }),
  );
  const [first] = failures;
  if (failures.length > 0) throw first instanceof Error ? first : new Error(messageOf(first));
}
