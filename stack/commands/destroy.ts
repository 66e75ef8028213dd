/** `destroy`: removes a stack with its data, its credentials and its generated files. */
import { readdir, readlink, rmdir } from "node:fs/promises";
import { PlumblineError } from "../core/errors.ts";
import type { Destroyed } from "../core/results/commands/removal.ts";
import { formatBytes } from "../core/units.ts";
import { forgetRules } from "../converge/direct-routing.ts";
import { projectName } from "../core/stack-names.ts";
import { removeFiles, sortFolder, type FolderContent, type Owning } from "../records/own-files.ts";
import { registry as catalogue } from "../services/index.ts";
import { destroyServices, removedVolume } from "./destroy-services.ts";
import { guestNotes, readWantedOrDefault, removeContainers, withVolumes, type DownControls } from "./down.ts";
import type { StackFolder } from "../records/folder.ts";
import { unlessAborted } from "../converge/execution/unless-aborted.ts";
import { throwIfAborted } from "../host/deadline.ts";
import { takeLock } from "../host/lock.ts";
import { BUILT_IMAGES } from "../images/old.ts";
import { readTextIfThere } from "../host/regular-file.ts";
import type { MachineRemains } from "../core/machine/machine.ts";
import type { Engine, Volume } from "../core/machine/engine.ts";
import { madeElsewhere } from "./request/another-clone.ts";
import { noRuntime } from "./request/no-runtime.ts";
import { knownServices, restoredVolumes, sortVolumes } from "./volumes/own.ts";
import { findRuntime, type StackOptions, type Wanted } from "./request/request.ts";
import { whyDown } from "./request/discovery.ts";

export interface DestroyOptions extends StackOptions {
  /** Only the data of these services; empty for the whole stack. */
  readonly services: readonly string[];
  /** Also delete the machine with its disk, if Plumbline created it. */
  readonly machine: boolean;
  /** Remove the images that Plumbline built and that no container uses. */
  readonly images: boolean;
  /** Also remove the benchmark results. */
  readonly results: boolean;
  readonly confirm: (question: string) => Promise<boolean>;
}

/**
 * Asks, then removes. A second call finds nothing to remove and reports that. Rejects with NEEDS_CONFIRMATION if the
 * answer is no, STACK_BUSY, NO_RUNTIME if what may hold the data cannot be asked, and STACK_DOWN if a stopped machine
 * holds them.
 */
export async function destroy(options: DestroyOptions, controls: DownControls): Promise<Destroyed> {
  refuseParts(options);
  const wanted = await readWantedOrDefault(options);
  const lock = await takeLock(wanted.folder.lock, "destroy");
  try {
    return await unlessAborted(destroyLocked(wanted, options, controls), controls.signal);
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
    throw noRuntime(choice.none, wanted);
  const state = await runtime?.observe();
  const silent = "passed" in choice ? choice.passed.filter(({ absent }) => !absent) : [];
  if (state?.state === "absent" && silent.length > 0) throw noRuntime(silent, wanted); // its volumes may be there
  const remains = state?.state === "absent" ? state.remains : undefined;
  const isMade = state?.state !== "absent" || remains !== undefined;
  const machine = options.machine && runtime?.features.machine === true && isMade;
  const reachable = state?.state === "running" && runtime;
  if (state && (state.state === "stopped" || state.state === "broken") && !machine)
    throw unreachable(stack, whyDown(state));
  if (remains?.hasData && !machine) throw unreachable(stack, "their machine was deleted, and its data disk is left");

  const project = projectName(stack);
  const engine = reachable ? await reachable.engine() : undefined;
  if (options.services.length > 0) {
    if (!engine || !reachable) throw unreachable(stack, "no engine of this stack answers");
    const ask = (lost: Pick<Question, "containers" | "elsewhere" | "volumes">) =>
      agree({ stack, ...lost, services: options.services, entries: [], machine: false }, options);
    return destroyServices({ wanted, engine, deploy: reachable.deploy, services: options.services, ask }, controls);
  }
  const containers = engine ? await engine.containers(project) : [];
  const found = engine ? await engine.volumeSizes(project) : [];
  const { own: volumes, others } = sortVolumes(found, project, knownServices(wanted));
  const content = await sortFolder(folder, owners(wanted), options);
  const entries = entriesOf(content);
  const elsewhere = await madeElsewhere(containers, folder, volumes);
  const lost = state?.state === "absent" ? { machine: false, disk: machine && remains?.hasData === true } : { machine };
  await agree({ stack, containers: containers.length, elsewhere, volumes, entries, ...lost }, options);

  const notes = await leftNotes(folder, content, options);
  if (engine) {
    const restored = (await restoredVolumes(engine, project, wanted)).map((name) => ({ name }));
    notes.push(...guestNotes(withVolumes(await engine.guests(project), [...others, ...restored])));
  }
  if (options.machine && !machine) notes.push("there is no machine of Plumbline's own to delete");
  if (remains !== undefined)
    notes.push(machine ? `deleted what an earlier machine left: ${textOf(remains)}` : `left: ${textOf(remains)}`);
  const removed =
    engine && reachable ? await removeContainers({ engine, deploy: reachable.deploy, project }, controls) : NOTHING;
  for (const { name } of volumes) {
    throwIfAborted(controls.signal);
    await engine?.removeVolume(name);
  }
  if (reachable && !machine) await forgetRules({ runtime: reachable, stack });
  await engine?.forgetLostVolumes(project);
  const images = engine && options.images ? await removeImages(engine, notes) : [];
  throwIfAborted(controls.signal);
  await removeFiles(folder, content);
  if (machine) await runtime.teardown({ remove: true });
  return {
    stack,
    ...removed,
    volumes: volumes.map(removedVolume),
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

async function agree(lost: Question, { confirm }: Pick<DestroyOptions, "confirm">): Promise<void> {
  const question = questionOf(lost);
  if (question !== undefined && !(await confirm(question))) throw declined(question);
}

/** The images, the results and the machine are the whole stack's. */
function refuseParts({ services, machine, images, results }: DestroyOptions): void {
  if (services.length === 0 || !(machine || images || results)) return;
  throw new PlumblineError("WRONG_USAGE", {
    what: "--machine, --images and --results do not go with the name of a service",
    why: "they remove what all services of the stack share",
    fix: "Leave out either the names or these flags",
  });
}

const NOTHING = { containers: [], networks: [] } as const;

async function isGenerated({ composeFile }: StackFolder): Promise<boolean> {
  return (await readTextIfThere(composeFile).catch(() => undefined)) !== undefined;
}

/** Services whose files may be in the folder: the profile's, and all of the catalogue, which an older profile had. */
function owners({ services }: Wanted): readonly Owning[] {
  return [...services, ...[...catalogue.values()].map((service) => service.configure({}))];
}

/** Returns the entries of the stack's folder of which something is removed. */
export function entriesOf({ own, edited }: FolderContent): readonly string[] {
  const entries = [...own, ...edited].map((path) => path.split("/")[0] ?? path);
  return [...new Set(entries)].toSorted();
}

/** Names what stays in the folder, and why. */
export async function leftNotes(
  folder: StackFolder,
  { edited, foreign }: FolderContent,
  { results }: Pick<DestroyOptions, "results">,
): Promise<string[]> {
  const entries = await readdir(folder.root).catch((): string[] => []);
  return [
    ...(!results && entries.includes("results")
      ? [`results are kept in ${folder.results}; --results removes them`]
      : []),
    ...edited.map((path) => `${folder.file(path)} was edited by hand: its text is kept in ${path}.edited`),
    ...(await Promise.all(foreign.map(async (path) => keptText(folder, path)))),
  ];
}

/** The passwords may be elsewhere, where a link has their folder's place: they are a person's to remove. */
async function keptText(folder: StackFolder, path: string): Promise<string> {
  const kept = folder.file(path);
  const target = kept === folder.secrets ? await readlink(kept).catch(() => undefined) : undefined;
  return target === undefined
    ? `${kept} is kept: Plumbline did not make it`
    : `${kept} is kept, with the passwords: it is a link to ${target}, where you can remove them`;
}

interface Question {
  readonly stack: string;
  /** Absent for the whole stack. */
  readonly services?: readonly string[];
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
export function questionOf(question: Question): string | undefined {
  const { stack, services, containers, elsewhere, volumes, entries, machine, disk } = question;
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
  const what = services ? `${services.join(" and ")} of the stack ${stack}` : `the stack ${stack}`;
  return `Remove ${what}${from} for good: ${parts.join("; ")}?`;
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
