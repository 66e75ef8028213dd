/** The volumes of a stack. */
import { z } from "zod";
import type { Volume } from "../../core/machine/engine.ts";
import { bytes, type Bytes } from "../../core/units.ts";
import type { Client } from "../client.ts";
import { PROJECT_LABEL } from "../containers.ts";
import { isNamedByPlumbline } from "../inspection/guests.ts";
import { listVolumes } from "./list.ts";
import { isNotFound } from "../refusal.ts";

/** The folder of the stack for which Plumbline created the volume. */
export const FOLDER_LABEL = "plumbline.folder";

const REMOVE_DEADLINE_MS = 60_000;
/** The engine reads every volume to determine its size. */
const SIZES_DEADLINE_MS = 30_000;

const Usage = z.object({
  Volumes: z.array(z.object({ Name: z.string(), UsageData: z.object({ Size: z.number() }).nullish() })).nullish(),
});

export async function volumes(client: Client, project: string): Promise<readonly string[]> {
  return (await madeVolumes(client, project)).map(({ name }) => name);
}

export async function namedVolumes(client: Client, project: string): Promise<readonly string[]> {
  const found = await listVolumes(client, { name: [`${project}-`] });
  return found
    .map(({ Name }) => Name)
    .filter((name) => name.startsWith(`${project}-`))
    .toSorted();
}

export async function madeVolumes(client: Client, project: string): Promise<readonly Volume[]> {
  const found = await listVolumes(client, { label: [`${PROJECT_LABEL}=${project}`] });
  return found
    .filter((volume) => isNamedByPlumbline(project, "volume", volume))
    .toSorted((a, b) => (a.Name < b.Name ? -1 : 1))
    .map(({ Name: name, Labels }) => {
      const folder = Labels?.[FOLDER_LABEL];
      return { name, ...(folder === undefined ? {} : { folder }) };
    });
}

export async function volumeSizes(client: Client, project: string): Promise<readonly Volume[]> {
  const found = await madeVolumes(client, project);
  const sizes = await sizesOf(
    client,
    found.map(({ name }) => name),
  );
  return found.map((volume) => {
    const size = sizes.get(volume.name);
    return { ...volume, ...(size === undefined ? {} : { size }) };
  });
}

export async function sizesOf(client: Client, names: readonly string[]): Promise<ReadonlyMap<string, Bytes>> {
  if (names.length === 0) return new Map();
  return new Map(
    [...(await allSizes(client))].flatMap(([name, size]) =>
      names.includes(name) && size >= 0 ? [[name, bytes(size)] as const] : [],
    ),
  );
}

export async function removeVolume(client: Client, name: string): Promise<void> {
  try {
    await client.call("volume", `remove the volume ${name}`, REMOVE_DEADLINE_MS, (): Promise<unknown> =>
      client.docker.getVolume(name).remove(),
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** A size unknown to the engine is left out: it must not prevent the removal of a volume. */
async function allSizes(client: Client): Promise<ReadonlyMap<string, number>> {
  try {
    const usage = Usage.parse(
      await client.call("volume", "measure volumes", SIZES_DEADLINE_MS, (): Promise<unknown> => client.docker.df()),
    );
    return new Map((usage.Volumes ?? []).map(({ Name, UsageData }) => [Name, UsageData?.Size ?? -1]));
  } catch {
    return new Map();
  }
}
