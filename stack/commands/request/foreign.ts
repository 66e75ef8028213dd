/** Refuses to touch what belongs to another clone, and volumes whose credentials are lost. */
import { readdir } from "node:fs/promises";
import { PlumblineError } from "../../core/errors.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { isKeyLost } from "../../core/service/credential.ts";
import { projectName, serviceOfVolume } from "../../core/stack-names.ts";
import { restoredVolumes } from "../volumes/own.ts";
import type { Wanted } from "./request.ts";

/**
 * Rejects with SECRETS_LOST if the engine has volumes of this stack and this folder has no credentials for them. Their
 * servers would refuse every login, and new credentials cannot replace the lost ones.
 */
export async function refuseForeignStack(engine: Engine, wanted: Wanted): Promise<void> {
  const { stack, folder, services } = wanted;
  const kept = await idsIn(folder.secrets);
  const missing = services
    .filter(({ name, credentials }) => isKeyLost(credentials, (credential) => kept.has(`${name}.${credential}`)))
    .map(({ name }) => name);
  if (missing.length === 0) return;
  const project = projectName(stack);
  const known = services.map(({ name }) => name);
  const isConcerned = (volume: string) => missing.includes(serviceOfVolume(project, volume, known) ?? "");
  const own = (await engine.volumes(project)).filter(isConcerned);
  const restored = (await restoredVolumes(engine, project, wanted)).filter(isConcerned);
  const others = await withData(restored, project, engine);
  const orphans = [...own, ...others].toSorted();
  if (orphans.length === 0) return;
  const owners = [...new Set(own.flatMap((volume) => serviceOfVolume(project, volume, known) ?? []))];
  const giveUp = [
    ...(owners.length > 0 ? [`\`npm run destroy -- ${owners.join(" ")}\``] : []),
    ...(others.length > 0 ? [`\`docker volume rm ${others.join(" ")}\`, which a person made`] : []),
  ];
  throw new PlumblineError("SECRETS_LOST", {
    what: `The stack ${stack} has data whose credentials are not in ${folder.secrets}`,
    why: `these volumes were made from another folder, or the credentials were deleted: ${orphans.join(", ")}`,
    fix:
      "Run Plumbline in the folder that made them, restore its .plumbline folder, use another stack with --stack <name>, " +
      `or give up the data of these services: ${giveUp.join(" and ")}`,
    details: { volumes: orphans },
  });
}

/**
 * Resolves those of a person's volumes, such as ones that a backup was restored into, that hold data: a server of this
 * stack has answered on them, or they have files. A new and empty one is as good as none.
 */
async function withData(
  volumes: readonly string[],
  project: string,
  engine: Pick<Engine, "writtenBy" | "sizesOf">,
): Promise<readonly string[]> {
  if (volumes.length === 0) return [];
  const [records, sizes] = await Promise.all([engine.writtenBy.all(project), engine.sizesOf(volumes)]);
  return volumes.filter((volume) => records.has(volume) || (sizes.get(volume) ?? 0) > 0);
}

/** Resolves the file names, which are the ids of the credentials; empty if there is no folder. */
async function idsIn(secrets: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(secrets));
  } catch {
    return new Set();
  }
}
