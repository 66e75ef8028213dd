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
import { projectName } from "../core/stack-names.ts";
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
  if (!definition.persisted || !container || !hasFiles(container)) return undefined;
  const text = await engine.readFile(container.id, definition.persisted.path);
  return text === undefined ? undefined : definition.persisted.read(text);
}

/** Resolves the damaged own files of a server that does not run; none if its container has no files any more. */
export async function damagesOf(
  engine: Files,
  { definition: { ownFiles = [] } }: DesiredService,
  container: ObservedContainer | undefined,
): Promise<readonly Damage[]> {
  if (!container || !hasFiles(container) || isInUse(container)) return [];
  const found = ownFiles.map(async (file) => {
    const fault = file.faultIn((await engine.readFile(container.id, file.path)) ?? file.sound);
    return fault === undefined ? [] : [{ file, fault }];
  });
  return (await Promise.all(found)).flat();
}

/** The engine has taken the file system of the others away. */
function hasFiles({ state }: ObservedContainer): boolean {
  return state !== "dead" && state !== "removing";
}

/** Returns whether its server has started: it may be writing its files. */
function isInUse({ state }: ObservedContainer): boolean {
  return state === "running" || state === "paused";
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

/** Rejects with NOT_CONVERGED, and the file as it was, if the server refuses, or has been started meanwhile. */
export async function resetPersisted(action: Reset, { world, desired, containers }: Resetting): Promise<void> {
  const service = serviceOf(desired, action.service);
  if (action.by === "file") return resetFile(action, { service, desired, engine: world.engine, containers });
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

interface ResettingFile extends Pick<Resetting, "desired" | "containers"> {
  readonly service: DesiredService;
  readonly engine: Pick<Engine, "containers" | "readFile" | "replaceFile">;
}

/** The file is read again: a person may have started the server since it was observed, and the server have mended it. */
async function resetFile(action: Reset, resetting: ResettingFile): Promise<void> {
  const { service, engine, containers } = resetting;
  const { id } = containerOf(action, containers);
  const { path, sound } = action;
  const text = await engine.readFile(id, path);
  if (text === undefined) return;
  const wanted = sound === undefined ? withoutNames(service, action, text) : soundFor(service, path, text);
  if (wanted === undefined || wanted === text) return;
  if (sound !== undefined) await refuseInUse(action, id, resetting);
  const written = new Date().toISOString().replaceAll(/[-:]|\.\d+Z$/g, "");
  const copy = `${path.split("/").at(-1)}.before-${written}`;
  await engine.replaceFile(id, path, { text: wanted, copy });
}

function withoutNames({ definition }: DesiredService, { names }: Reset, text: string): string | undefined {
  return definition.persisted?.without(text, new Set(names));
}

/** Returns the text that replaces an own file; undefined if the server starts with the one that is there. */
function soundFor({ definition }: DesiredService, path: string, text: string): string | undefined {
  const file = definition.ownFiles?.find((own) => own.path === path);
  return file?.faultIn(text) === undefined ? undefined : file.sound;
}

async function refuseInUse(
  { instance, path }: Reset,
  id: string,
  { engine, desired }: Pick<ResettingFile, "engine" | "desired">,
): Promise<void> {
  const now = (await engine.containers(projectName(desired.stack))).find((container) => container.id === id);
  if (!now || !isInUse(now)) return;
  throw new PlumblineError("NOT_CONVERGED", {
    what: `${path} of ${instance} is left as it is`,
    why: "Somebody has started the server meanwhile, and it may be writing the file",
    fix: "Run `npm run up` again: it looks at the server anew",
    details: { instance },
  });
}
