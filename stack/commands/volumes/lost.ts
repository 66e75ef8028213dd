/** Volumes that have held data of a stack and are gone: removed by hand, or in another engine. */
import { volumesOf } from "../../converge/volumes.ts";
import { selectedServices, type Desired } from "../../core/desire/desire.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { projectName, serviceOfVolume } from "../../core/stack-names.ts";
import type { StackFolder } from "../../records/folder.ts";
import { knownVolumes, noteVolumes } from "../../records/known-volumes.ts";

/** Resolves one sentence for each volume that is gone, and whose service therefore starts empty. */
export async function lostVolumes(
  engine: Pick<Engine, "namedVolumes">,
  desired: Desired,
  folder: StackFolder,
): Promise<readonly string[]> {
  const known = await knownVolumes(folder);
  if (known.size === 0) return [];
  const present = new Set(await engine.namedVolumes(projectName(desired.stack)));
  return selectedServices(desired).flatMap(({ instances }) =>
    instances.flatMap((instance) =>
      volumesOf(desired, instance)
        .filter((volume) => known.has(volume) && !present.has(volume))
        .map((volume) => `${instance.name} starts new and empty: its volume ${volume}, which held data, is gone`),
    ),
  );
}

/**
 * Resolves one sentence for each service of which volumes hold a part of the data that the profile's instances do not
 * serve.
 */
export async function leftParts(engine: Pick<Engine, "namedVolumes">, desired: Desired): Promise<readonly string[]> {
  const parted = selectedServices(desired).filter(({ definition }) => definition.data?.reach !== undefined);
  if (parted.length === 0) return [];
  const project = projectName(desired.stack);
  const present = await engine.namedVolumes(project);
  const known = desired.services.map(({ name }) => name);
  return parted.flatMap(({ name, instances, definition }) => {
    const served = instances.flatMap((instance) => volumesOf(desired, instance));
    const left = present.filter(
      (volume) => serviceOfVolume(project, volume, known) === name && !served.includes(volume),
    );
    if (left.length === 0) return [];
    const volumes = left.join(" and ");
    return [
      `${name} does not serve what ${volumes} hold, of nodes that the profile lacks. ${definition.data?.reach ?? ""}`,
    ];
  });
}

/** Resolves one sentence for each volume that is gone, and for each that holds what no instance serves. */
export async function unserved(
  engine: Pick<Engine, "namedVolumes">,
  desired: Desired,
  folder: StackFolder,
): Promise<readonly string[]> {
  return (await Promise.all([lostVolumes(engine, desired, folder), leftParts(engine, desired)])).flat();
}

/** Notes the volumes of a stack that has just been proved. */
export async function noteProved(desired: Desired, folder: StackFolder): Promise<void> {
  const instances = selectedServices(desired).flatMap((service) => service.instances);
  await noteVolumes(folder, { with: instances.flatMap((instance) => volumesOf(desired, instance)) });
}
