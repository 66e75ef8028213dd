/** Follows the volumes that a first start fills, until their server has answered once. */
import { selectedServices, type Desired, type DesiredInstance, type DesiredService } from "../core/desire/desire.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { Runtime } from "../core/machine/runtime.ts";
import type { Step } from "../core/plan/action.ts";
import type { Observed } from "../core/plan/observed.ts";
import { COMPOSE_FILE, projectName } from "../core/stack-names.ts";
import { readTextIfThere } from "../host/regular-file.ts";
import type { StackFolder } from "../records/folder.ts";
import { fileState } from "../render/signature.ts";

/** Returns the names of an instance's volumes in the engine. */
export function volumesOf({ stack }: Pick<Desired, "stack">, instance: DesiredInstance): readonly string[] {
  return keysOf(instance).map((key) => `${projectName(stack)}-${key}`);
}

/** Resolves the unfinished volumes by instance; instances without any are absent. */
export async function unfinishedVolumes(
  { firstStarts }: Pick<Engine, "firstStarts">,
  desired: Desired,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const making = selectedServices(desired).filter(({ definition }) => definition.makesVolumes === true);
  if (making.length === 0) return new Map();
  const unfinished = new Set(await firstStarts.unfinished(projectName(desired.stack)));
  return new Map(
    making
      .flatMap(({ instances }) => instances)
      .map((instance) => [instance.name, volumesOf(desired, instance).filter((name) => unfinished.has(name))] as const)
      .filter(([, volumes]) => volumes.length > 0),
  );
}

/** Marks the volumes that these instances will fill; existing ones stay as they are. */
export async function beginFirstStarts(
  { engine, folder }: { readonly engine: Pick<Engine, "firstStarts">; readonly folder: StackFolder },
  desired: Desired,
  instances: readonly string[],
): Promise<void> {
  if (await isForeign(folder)) return;
  const starting = desired.services
    .filter(({ definition }) => definition.makesVolumes === true)
    .flatMap((service) => service.instances.filter(({ name }) => instances.includes(name)));
  for (const key of starting.flatMap(keysOf))
    await engine.firstStarts.begin(projectName(desired.stack), key, folder.root);
}

/** A person's own compose.yaml may name its volumes otherwise, and then makes them itself. */
async function isForeign({ composeFile }: StackFolder): Promise<boolean> {
  const text = await readTextIfThere(composeFile);
  return text !== undefined && fileState(COMPOSE_FILE, text, "") === "foreign";
}

/** Notes that the server of an instance has answered. */
export async function finishFirstStart(
  { firstStarts }: Pick<Engine, "firstStarts">,
  desired: Pick<Desired, "stack">,
  { definition }: DesiredService,
  instance: DesiredInstance,
): Promise<void> {
  if (definition.makesVolumes !== true) return;
  for (const volume of volumesOf(desired, instance)) await firstStarts.finish(volume);
}

/** Notes the image whose servers answer on the volumes of these instances, where the record says something else. */
export async function noteWriters(
  { writtenBy }: Pick<Engine, "writtenBy">,
  { stack }: Pick<Desired, "stack">,
  services: readonly DesiredService[],
): Promise<void> {
  const holding = services.filter(({ definition }) => definition.data !== undefined);
  if (holding.length === 0) return;
  const known = await writtenBy.all(projectName(stack));
  for (const { image, instances } of holding) {
    const { source, version } = image;
    for (const volume of instances.flatMap((instance) => volumesOf({ stack }, instance))) {
      const before = known.get(volume);
      if (before?.source === source && before.version === version) continue;
      await writtenBy.note(projectName(stack), volume, { source, version });
    }
  }
}

/** A killed run may have left the marks of servers that answer. */
export async function finishAnswered(
  { firstStarts }: Pick<Engine, "firstStarts">,
  {
    unfinished,
    effective,
  }: { readonly unfinished: ReadonlyMap<string, readonly string[]> } & Pick<Observed, "effective">,
): Promise<void> {
  for (const [instance, volumes] of unfinished)
    if (effective.has(instance)) for (const volume of volumes) await firstStarts.finish(volume);
}

/** Removes the container of an instance and its unfinished volumes. Rejects, with both kept, if a volume is not marked. */
export async function renewVolumes(
  { instance, containerId, volumes }: Step & { readonly kind: "renew-volumes" },
  { engine, runtime }: { readonly engine: Pick<Engine, "firstStarts">; readonly runtime: Pick<Runtime, "deploy"> },
  { stack }: Pick<Desired, "stack">,
): Promise<void> {
  const unfinished = await engine.firstStarts.unfinished(projectName(stack));
  const isKnown = volumes.every((volume) => unfinished.includes(volume));
  // `discard` says why it refuses.
  if (isKnown && containerId !== undefined) await runtime.deploy.remove({ id: containerId, instance });
  for (const volume of volumes) await engine.firstStarts.discard(projectName(stack), volume);
}

/** Returns the names of an instance's volumes within the stack: "postgres-data". */
function keysOf({ name, container }: DesiredInstance): readonly string[] {
  return Object.values(container.volumes).map((volume) => `${name}-${volume}`);
}
