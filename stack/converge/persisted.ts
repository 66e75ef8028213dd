/** What servers keep beside their conf files: read in their containers, and reset. */
import type { Desired, DesiredInstance, DesiredService } from "../core/desire/desire.ts";
import { selectedServices } from "../core/desire/desire.ts";
import { messageOf, PlumblineError } from "../core/errors.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { ContainerAction } from "../core/plan/action.ts";
import { containerOf, instanceOf, serviceOf } from "../core/plan/lookup.ts";
import { overridesOf } from "../core/plan/persisted.ts";
import type { Damage, Persisted } from "../core/service/setting-rules.ts";
import { withDeadline } from "../host/deadline.ts";
import { targetOf, type Reach } from "./targets.ts";

const RESET_DEADLINE_MS = 30_000;

type Files = Pick<Engine, "readFile">;

/** Resolves what the server of a container has persisted, whether it runs or not; undefined if there is no such file. */
export async function persistedOf(
  engine: Files,
  { definition }: DesiredService,
  container: ObservedContainer | undefined,
): Promise<Persisted | undefined> {
  if (!definition.persisted || !container) return undefined;
  if (container.state === "dead" || container.state === "removing") return undefined; // it has no file system any more
  const text = await engine.readFile(container.id, definition.persisted.path);
  return text === undefined ? undefined : definition.persisted.read(text);
}

/** Resolves the damaged own files of a server that does not run. */
export async function damagesOf(
  engine: Files,
  { definition: { ownFiles = [] } }: DesiredService,
  container: ObservedContainer | undefined,
): Promise<readonly Damage[]> {
  if (!container || container.state === "running") return [];
  const found = ownFiles.map(async (file) => {
    const fault = file.faultIn((await engine.readFile(container.id, file.path)) ?? file.sound);
    return fault === undefined ? [] : [{ file, fault }];
  });
  return (await Promise.all(found)).flat();
}

/** Resolves the damaged own files of all servers that do not run, by instance. */
export async function observeDamages(
  engine: Files,
  desired: Desired,
  containers: ReadonlyMap<string, ObservedContainer>,
): Promise<ReadonlyMap<string, readonly Damage[]>> {
  const looks = selectedServices(desired).flatMap((service) =>
    service.instances.map(async ({ name }) => [name, await damagesOf(engine, service, containers.get(name))] as const),
  );
  return new Map((await Promise.all(looks)).filter(([, damages]) => damages.length > 0));
}

/** Resolves what all servers have persisted, by instance. */
export async function observePersisted(
  engine: Files,
  desired: Desired,
  containers: ReadonlyMap<string, ObservedContainer>,
): Promise<ReadonlyMap<string, Persisted>> {
  const reads = selectedServices(desired).flatMap((service) =>
    service.instances.map(async ({ name }) => {
      const persisted = await persistedOf(engine, service, containers.get(name));
      return persisted ? [[name, persisted] as const] : [];
    }),
  );
  return new Map((await Promise.all(reads)).flat());
}

/**
 * Returns the error of a server that runs and cannot be reached because of what it has persisted; undefined if nothing
 * of it explains that.
 */
export function unreachable(
  service: DesiredService,
  instance: DesiredInstance,
  persisted: Persisted | undefined,
): PlumblineError | undefined {
  const file = service.definition.persisted;
  const found = overridesOf({ service, instance, persisted, blamed: new Set() }).filter(({ isOwned }) => isOwned);
  if (!file || found.length === 0) return undefined;
  const sets = found.map(({ name, value }) => `${name} = ${value}`).join(", ");
  return new PlumblineError("SERVICE_NOT_READY", {
    what: `${instance.name} does not answer`,
    why: `${file.path} in its volume sets ${sets}, written by ${file.statement}`,
    fix: "Run `npm run up` again: it resets what is named there",
    details: { instance: instance.name, persisted: found.map(({ name }) => name) },
  });
}

type Reset = ContainerAction & { readonly kind: "reset-persisted" };

interface Resetting {
  readonly world: Pick<Reach, "engine" | "runtime">;
  readonly desired: Desired;
  readonly containers: Reach["containers"];
}

/** Rejects with NOT_CONVERGED, and the file as it was, if the server refuses. */
export async function resetPersisted(action: Reset, { world, desired, containers }: Resetting): Promise<void> {
  const service = serviceOf(desired, action.service);
  if (action.by === "file") return resetFile(action, service, world.engine, containerOf(action, containers));
  const target = targetOf(instanceOf(desired, action), { ...world, containers });
  if (!target) throw new Error(`${action.instance} does not run`);
  const connection = await (await service.definition.live()).connect(target);
  try {
    const work = connection.reset?.(action.names) ?? Promise.resolve();
    await withDeadline(work, RESET_DEADLINE_MS, `${action.instance} did not reset its settings`);
  } catch (error) {
    throw new PlumblineError("NOT_CONVERGED", {
      what: `${action.instance} did not reset ${action.names.join(", ")}`,
      why: messageOf(error),
      fix: `Remove the settings from ${action.path} in the container yourself, then run \`npm run up\` again`,
      cause: error,
    });
  } finally {
    await connection.close();
  }
}

async function resetFile(
  { path, names, sound }: Reset,
  { definition }: DesiredService,
  engine: Pick<Engine, "readFile" | "replaceFile">,
  { id }: ObservedContainer,
): Promise<void> {
  const text = await engine.readFile(id, path);
  const wanted = sound ?? definition.persisted?.without(text ?? "", new Set(names));
  if (text === undefined || wanted === undefined) return;
  const written = new Date().toISOString().replaceAll(/[-:]|\.\d+Z$/g, "");
  const copy = `${path.split("/").at(-1)}.before-${written}`;
  await engine.replaceFile(id, path, { text: wanted, copy });
}
