/** `destroy`: removes a stack with its data, its credentials and its generated files. */
import { readdir, rm, rmdir } from "node:fs/promises";
import { PlumblineError } from "../core/errors.ts";
import type { Destroyed } from "../core/results/commands/removal.ts";
import { formatBytes } from "../core/units.ts";
import { projectName, COMPOSE_FILE, TUNING_FILE } from "../core/stack-names.ts";
import { fileState } from "../render/signature.ts";
import { madeElsewhere, readWantedOrDefault, removeContainers, type DownControls } from "./down.ts";
import type { StackFolder } from "../records/folder.ts";
import { takeLock } from "../host/lock.ts";
import { readTextIfThere } from "../host/regular-file.ts";
import type { MachineRemains } from "../core/machine/machine.ts";
import type { Engine, Volume } from "../core/machine/engine.ts";
import { findRuntime, noRuntime, type StackOptions, type Wanted } from "./request/request.ts";
import { whyDown } from "./request/discovery.ts";

export interface DestroyOptions extends StackOptions {
  /** Also delete the machine with its disk, if Plumbline created it. */
  readonly machine: boolean;
  /** Remove the images that Plumbline built and that no container uses. */
  readonly images: boolean;
  /** Also remove the benchmark results. */
  readonly results: boolean;
  readonly confirm: (question: string) => Promise<boolean>;
}

/** Prefix of the images that Plumbline builds. */
export const BUILT_IMAGES = "plumbline/";

/**
 * Asks, then removes. A second call finds nothing to remove and reports that. Rejects with NEEDS_CONFIRMATION if the
 * answer is no, STACK_BUSY, NO_RUNTIME if what may hold the data cannot be asked, and STACK_DOWN if a stopped machine
 * holds them.
 */
export async function destroy(options: DestroyOptions, controls: DownControls): Promise<Destroyed> {
  const wanted = await readWantedOrDefault(options);
  const lock = await takeLock(wanted.folder.lock, "destroy");
  try {
    return await destroyLocked(wanted, options, controls);
  } finally {
    await lock.release();
    await rmdir(wanted.folder.root).catch(() => undefined); // results keep it
  }
}

async function destroyLocked(wanted: Wanted, options: DestroyOptions, controls: DownControls): Promise<Destroyed> {
  const { stack, folder } = wanted;
  const choice = await findRuntime(wanted);
  const runtime = "runtime" in choice ? choice.runtime : undefined;
  if ("none" in choice && (choice.none.some(({ absent }) => !absent) || (await isGenerated(folder))))
    throw noRuntime(choice.none);
  const state = await runtime?.observe();
  const silent = "passed" in choice ? choice.passed.filter(({ absent }) => !absent) : [];
  if (state?.state === "absent" && silent.length > 0) throw noRuntime(silent); // its volumes may be there
  const remains = state?.state === "absent" ? state.remains : undefined;
  const isMade = state?.state !== "absent" || remains !== undefined;
  const machine = options.machine && runtime?.features.machine === true && isMade;
  const reachable = state?.state === "running" && runtime;
  if (state && (state.state === "stopped" || state.state === "broken") && !machine)
    throw unreachable(stack, whyDown(state));
  if (remains?.hasData && !machine) throw unreachable(stack, "their machine was deleted, and its data disk is left");

  const project = projectName(stack);
  const engine = reachable ? await reachable.engine() : undefined;
  const containers = engine ? await engine.containers(project) : [];
  const volumes = engine ? await engine.volumeSizes(project) : [];
  const entries = await removableEntries(folder, options.results);
  const elsewhere = madeElsewhere(containers, folder);
  const lost = state?.state === "absent" ? { machine: false, disk: machine && remains?.hasData === true } : { machine };
  const question = questionOf({ stack, containers: containers.length, elsewhere, volumes, entries, ...lost });
  if (question !== undefined && !(await options.confirm(question))) throw declined(question);

  const notes = await leftNotes(folder, options);
  if (options.machine && !machine) notes.push("there is no machine of Plumbline's own to delete");
  if (remains !== undefined)
    notes.push(machine ? `deleted what an earlier machine left: ${textOf(remains)}` : `left: ${textOf(remains)}`);
  const removed =
    engine && reachable ? await removeContainers({ engine, deploy: reachable.deploy, project }, controls) : NOTHING;
  for (const { name } of volumes) {
    await engine?.removeVolume(name);
    await engine?.firstStarts.finish(name);
  }
  const images = engine && options.images ? await removeImages(engine, notes) : [];
  for (const entry of entries) await rm(folder.file(entry), { recursive: true, force: true });
  if (machine) await runtime.teardown({ remove: true });
  return {
    stack,
    ...removed,
    volumes: volumes.map(({ name, size }) => ({ name, ...(size === undefined ? {} : { sizeBytes: size }) })),
    images,
    files: entries,
    machineDeleted: machine,
    notes,
  };
}

function textOf({ disk, hasData }: MachineRemains): string {
  if (disk === undefined) return "its settings";
  return `its ${hasData ? "data" : "empty"} disk of ${formatBytes(disk)} and its settings`;
}

const NOTHING = { containers: [], networks: [] } as const;

async function isGenerated({ composeFile }: StackFolder): Promise<boolean> {
  return (await readTextIfThere(composeFile).catch(() => undefined)) !== undefined;
}

/**
 * Never removed: the lock, which this command holds, and the log of an engine that Plumbline started and that still
 * runs.
 */
const KEPT = ["lock", "engine"];

/**
 * Resolves the entries of the folder to remove: results only if requested, and never a person's own version of a file.
 */
export async function removableEntries(folder: StackFolder, results: boolean): Promise<readonly string[]> {
  const entries = await readdir(folder.root).catch((): string[] => []);
  const found: string[] = [];
  for (const entry of entries.toSorted()) {
    if (KEPT.includes(entry) || (entry === "results" && !results)) continue;
    if (!(await isForeign(folder, entry))) found.push(entry);
  }
  return found;
}

async function isForeign(folder: StackFolder, entry: string): Promise<boolean> {
  if (entry !== COMPOSE_FILE && entry !== TUNING_FILE) return false;
  try {
    return fileState(entry, await readTextIfThere(folder.file(entry)), "") === "foreign";
  } catch {
    return true; // not an ordinary file, so not made by Plumbline
  }
}

async function leftNotes(folder: StackFolder, { results }: DestroyOptions): Promise<string[]> {
  const entries = await readdir(folder.root).catch((): string[] => []);
  const notes: string[] = [];
  if (!results && entries.includes("results"))
    notes.push(`results are kept in ${folder.results}; --results removes them`);
  for (const entry of entries) {
    if (await isForeign(folder, entry))
      notes.push(`${folder.file(entry)} is kept: it has no signature line and is yours`);
  }
  return notes;
}

interface Question {
  readonly stack: string;
  readonly containers: number;
  /** Folders of other clones that the containers were created from. */
  readonly elsewhere: readonly string[];
  readonly volumes: readonly Volume[];
  readonly entries: readonly string[];
  readonly machine: boolean;
  /** The data disk of a machine that is gone. */
  readonly disk?: boolean;
}

/** Lists what will be lost, volume by volume; returns undefined if nothing will be lost. */
export function questionOf({
  stack,
  containers,
  elsewhere,
  volumes,
  entries,
  machine,
  disk,
}: Question): string | undefined {
  const parts = [
    ...(containers > 0 ? [`${containers} containers`] : []),
    ...(volumes.length > 0 ? [`the data of ${volumes.map(volumeText).join(", ")}`] : []),
    ...(entries.includes("secrets") ? ["its passwords"] : []),
    ...(entries.includes("results") ? ["the results of its benchmarks"] : []),
    ...(machine ? ["the whole machine with its disk"] : []),
    ...(disk === true ? ["the data disk that its deleted machine left"] : []),
  ];
  if (parts.length === 0) return undefined;
  const from = elsewhere.length > 0 ? `, made from ${elsewhere.join(" and ")},` : "";
  return `Remove the stack ${stack}${from} for good: ${parts.join("; ")}?`;
}

function volumeText({ name, size }: Volume): string {
  return size === undefined ? name : `${name} (${formatBytes(size)})`;
}

async function removeImages({ images }: Pick<Engine, "images">, notes: string[]): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { reference, inUse } of await images.tagged(BUILT_IMAGES)) {
    if (inUse) notes.push(`the image ${reference} is kept: a container of another stack uses it`);
    else {
      await images.untag(reference);
      removed.push(reference);
    }
  }
  return removed;
}

function unreachable(stack: string, why: string): PlumblineError {
  return new PlumblineError("STACK_DOWN", {
    what: `The volumes of the stack ${stack} cannot be reached`,
    why,
    fix: "Start the machine with `npm run up`, or delete it with everything on it: npm run destroy -- --machine",
  });
}

function declined(question: string): PlumblineError {
  return new PlumblineError("NEEDS_CONFIRMATION", {
    what: `Not done: ${question}`,
    why: "the answer was no",
    fix: "Nothing was removed. `npm run down` stops the stack and keeps its data",
  });
}
