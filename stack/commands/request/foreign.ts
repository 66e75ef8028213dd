/** Refuses to touch what belongs to another clone, and volumes whose credentials are lost. */
import { readdir } from "node:fs/promises";
import { PlumblineError } from "../../core/errors.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { isKeyLost } from "../../core/service/credential.ts";
import { projectName, serviceOfVolume } from "../../core/stack-names.ts";
import type { Wanted } from "./request.ts";

/**
 * Rejects with SECRETS_LOST if the engine has volumes of this stack and this folder has no credentials for them. Their
 * servers would refuse every login, and new credentials cannot replace the lost ones.
 */
export async function refuseForeignStack(engine: Engine, { stack, folder, services }: Wanted): Promise<void> {
  const kept = await idsIn(folder.secrets);
  const missing = services
    .filter(({ name, credentials }) => isKeyLost(credentials, (credential) => kept.has(`${name}.${credential}`)))
    .map(({ name }) => name);
  if (missing.length === 0) return;
  const project = projectName(stack);
  const volumes = await engine.volumes(project);
  const known = services.map(({ name }) => name);
  const orphans = volumes.filter((volume) => missing.includes(serviceOfVolume(project, volume, known) ?? ""));
  if (orphans.length === 0) return;
  const owners = [...new Set(orphans.flatMap((volume) => serviceOfVolume(project, volume, known) ?? []))];
  throw new PlumblineError("SECRETS_LOST", {
    what: `The stack ${stack} has data whose credentials are not in ${folder.secrets}`,
    why: `these volumes were made from another folder, or the credentials were deleted: ${orphans.join(", ")}`,
    fix:
      "Run Plumbline in the folder that made them, restore its .plumbline folder, use another stack with --stack <name>, " +
      `or give up the data of these services: \`npm run destroy -- ${owners.join(" ")}\``,
    details: { volumes: orphans },
  });
}

/** Resolves the file names, which are the ids of the credentials; empty if there is no folder. */
async function idsIn(secrets: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(secrets));
  } catch {
    return new Set();
  }
}
