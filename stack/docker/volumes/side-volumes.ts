/**
 * Empty volumes that note something about another one: the labels of a volume cannot change. They outlive the containers
 * and the stack's folder.
 */
import type { Client } from "../client.ts";
import { listVolumes } from "./list.ts";
import { removeVolume } from "./volumes.ts";

export interface SideVolumes {
  /** The label of all of them, with the project as its value. */
  readonly label: string;
  /** What follows the name of the volume that they are about. */
  readonly suffix: string;
}

export interface SideVolume {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The volume that it is about, and whether that is there; one that a person restored has no label. */
  readonly volume: string;
  readonly isThere: boolean;
}

export async function sideVolumes(
  client: Client,
  project: string,
  { label, suffix }: SideVolumes,
): Promise<readonly SideVolume[]> {
  const [notes, named] = await Promise.all([
    listVolumes(client, { label: [`${label}=${project}`] }),
    listVolumes(client, { name: [`${project}-`] }),
  ]);
  const there = new Set(named.map(({ Name }) => Name));
  return notes.map(({ Name: name, Labels }) => {
    const volume = name.slice(0, -suffix.length);
    return { name, labels: Labels ?? {}, volume, isThere: there.has(volume) };
  });
}

/** Removes the notes about volumes that are gone: one of the same name that is made later holds other data. */
export async function tidySideVolumes(client: Client, project: string, kind: SideVolumes): Promise<void> {
  for (const { name, isThere } of await sideVolumes(client, project, kind))
    if (!isThere) await removeVolume(client, name);
}
