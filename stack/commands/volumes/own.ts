/** Tells the volumes of the catalogue's services from those that a person's compose file names in the same way. */
import type { Engine } from "../../core/machine/engine.ts";
import { serviceOfVolume } from "../../core/stack-names.ts";
import { registry as catalogue } from "../../services/index.ts";
import type { Wanted } from "../request/request.ts";

/** Returns the names of the services whose volumes a stack may have: the profile's, and those of an older profile. */
export function knownServices({ services }: Pick<Wanted, "services">): readonly string[] {
  return [...new Set([...services.map(({ name }) => name), ...catalogue.keys()])];
}

export interface Sorted<Found> {
  readonly own: readonly Found[];
  /** Plumbline did not make them. */
  readonly others: readonly Found[];
}

/** Sorts the volumes of a Compose project by who made them. */
export function sortVolumes<Found extends { readonly name: string }>(
  volumes: readonly Found[],
  project: string,
  known: readonly string[],
): Sorted<Found> {
  const isOwn = ({ name }: Found) => serviceOfVolume(project, name, known) !== undefined;
  return { own: volumes.filter(isOwn), others: volumes.filter((volume) => !isOwn(volume)) };
}

/** Resolves the volumes of the project, by who made them. `others` are also those of `restoredVolumes`. */
export async function volumesIn(
  engine: Pick<Engine, "volumes" | "namedVolumes">,
  project: string,
  wanted: Pick<Wanted, "services">,
): Promise<Sorted<{ readonly name: string }>> {
  const found = (await engine.volumes(project)).map((name) => ({ name }));
  const { own, others } = sortVolumes(found, project, knownServices(wanted));
  const restored = await restoredVolumes(engine, project, wanted);
  return { own, others: [...others, ...restored.map((name) => ({ name }))] };
}

/**
 * Resolves the volumes that a person has made under the name of a service's volume, as to restore a backup into it: the
 * service uses them, and they are not Plumbline's to remove.
 */
export async function restoredVolumes(
  engine: Pick<Engine, "volumes" | "namedVolumes">,
  project: string,
  wanted: Pick<Wanted, "services">,
): Promise<readonly string[]> {
  const [made, named] = await Promise.all([engine.volumes(project), engine.namedVolumes(project)]);
  const known = knownServices(wanted);
  return named.filter((name) => !made.includes(name) && serviceOfVolume(project, name, known) !== undefined);
}
