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
  const known = knownServices(wanted);
  const [made, named] = await bothKinds(engine, project);
  const { own, others } = sortVolumes(asFound(made), project, known);
  return { own, others: [...others, ...asFound(restoredAmong(made, named, { project, known }))] };
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
  const [made, named] = await bothKinds(engine, project);
  return restoredAmong(made, named, { project, known: knownServices(wanted) });
}

/** Resolves the names of the volumes that Plumbline made, and of all that begin with the project's. */
function bothKinds(
  engine: Pick<Engine, "volumes" | "namedVolumes">,
  project: string,
): Promise<[made: readonly string[], named: readonly string[]]> {
  return Promise.all([engine.volumes(project), engine.namedVolumes(project)]);
}

function asFound(names: readonly string[]): readonly { readonly name: string }[] {
  return names.map((name) => ({ name }));
}

function restoredAmong(
  made: readonly string[],
  named: readonly string[],
  { project, known }: { readonly project: string; readonly known: readonly string[] },
): readonly string[] {
  return named.filter((name) => !made.includes(name) && serviceOfVolume(project, name, known) !== undefined);
}
