/** Refuses to work on what belongs to somebody else: another clone's stack, or volumes whose credentials are lost. */
import { readdir } from "node:fs/promises";
import { PlumblineError } from "../../core/errors.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { isKeyLost } from "../../core/service/credential.ts";
import { projectName } from "../../core/stack-names.ts";
import type { Wanted } from "./request.ts";

/**
 * Rejects with SECRETS_LOST when the engine holds volumes of this stack and this folder has no credentials for them:
 * the servers in them would refuse every login, and new credentials cannot replace what was lost.
 */
export async function refuseForeignStack(engine: Engine, { stack, folder, services }: Wanted): Promise<void> {
  const kept = await idsIn(folder.secrets);
  const missing = services
    .filter(({ name, credentials }) => isKeyLost(credentials, (credential) => kept.has(`${name}.${credential}`)))
    .map(({ name }) => name);
  if (missing.length === 0) return;
  const project = projectName(stack);
  const volumes = await engine.volumes(project);
  const orphans = services
    .filter(({ name }) => missing.includes(name))
    .flatMap(({ instances }) =>
      volumes.filter((volume) => instances.some((name) => volume.startsWith(`${project}-${name}-`))),
    );
  if (orphans.length === 0) return;
  throw new PlumblineError("SECRETS_LOST", {
    what: `The stack ${stack} has data whose credentials are not in ${folder.secrets}`,
    why: `these volumes were made from another folder, or the credentials were deleted: ${orphans.join(", ")}`,
    fix:
      "Run Plumbline in the folder that made them, restore its .plumbline folder, use another stack with --stack <name>, " +
      "or remove the data for good with `npm run destroy`",
    details: { volumes: orphans },
  });
}

/** Names of the files, which are those of the credentials; none if there is no folder. */
async function idsIn(secrets: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(secrets));
  } catch {
    return new Set();
  }
}
