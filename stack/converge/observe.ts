/** Observes a stack: its containers, what its servers report, what its services lack, and its generated files. */
import { selectedServices, type Desired, type DesiredService } from "../core/desire/desire.ts";
import { messageOf } from "../core/errors.ts";
import type { EffectiveValue } from "../core/machine/facts.ts";
import type { Observed } from "../core/plan/observed.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { Runtime } from "../core/machine/runtime.ts";
import type { CredentialStore } from "../core/service/credential.ts";
import type { Damage, Persisted } from "../core/service/setting-rules.ts";
import { projectName } from "../core/stack-names.ts";
import type { FileContent } from "../render/stack.ts";
import { withDeadline } from "../host/deadline.ts";
import { observeFiles } from "./files.ts";
import type { Bytes } from "../core/units.ts";
import type { StackFolder } from "../records/folder.ts";
import { observeDamages, observePersisted } from "./persisted.ts";
import { askServices, type Answers } from "./ready.ts";
import { withSession } from "./session.ts";
import { unfinishedVolumes } from "./volumes.ts";
import { byInstance, targetOf, type Reach } from "./targets.ts";

/** A server that takes longer than this to report its settings counts as not answering. */
const READ_DEADLINE_MS = 15_000;

export interface World {
  readonly engine: Engine;
  /** Changes the containers, and knows the addresses of their ports. */
  readonly runtime: Pick<Runtime, "deploy" | "endpoint">;
  readonly folder: StackFolder;
  readonly credentials: CredentialStore;
  /** The generated files of the whole stack, by path. */
  readonly files: ReadonlyMap<string, FileContent>;
}

export interface Observation extends Omit<Observed, keyof Answers | "silent">, Answers {
  /** Why a running instance did not answer, by instance. */
  readonly silent: ReadonlyMap<string, string>;
  readonly held: ReadonlyMap<string, Bytes>;
  readonly unsaved: ReadonlyMap<string, string>;
  readonly unfinished: ReadonlyMap<string, readonly string[]>;
  readonly persisted: ReadonlyMap<string, Persisted>;
  readonly damages: ReadonlyMap<string, readonly Damage[]>;
  /** The servers' own version strings, by service. */
  readonly versions: ReadonlyMap<string, string>;
}

/**
 * Reads everything, and asks every selected service whether it works and what it lacks. All requests run concurrently,
 * over as few connections per server as possible. Servers that do not answer are absent from `effective`.
 */
export async function observeStack(world: World, desired: Desired): Promise<Observation> {
  const files = observeFiles(world.folder, world.files);
  const project = projectName(desired.stack);
  const [containers, guests, unfinished] = await Promise.all([
    world.engine.containers(project),
    world.engine.guestContainers(project),
    unfinishedVolumes(world.engine, desired),
  ]);
  const services = selectedServices(desired);
  const { engine, runtime } = world;
  const named = byInstance(containers);
  const [servers, answers, persisted, damages] = await withSession((session) =>
    Promise.all([
      observeServers({ engine, runtime, containers: named, session }, services),
      askServices({ ...world, session }, services, containers),
      observePersisted(engine, desired, named),
      observeDamages(engine, desired, named),
    ]),
  );
  return {
    containers,
    guests: guests.map(({ name }) => name),
    files: await files,
    folder: world.folder.root,
    unfinished,
    persisted,
    damages,
    ...servers,
    ...answers,
  };
}

async function observeServers(
  reach: Reach,
  services: readonly DesiredService[],
): Promise<Pick<Observation, "effective" | "held" | "unsaved" | "silent" | "versions">> {
  const effective = new Map<string, ReadonlyMap<string, EffectiveValue>>();
  const held = new Map<string, Bytes>();
  const unsaved = new Map<string, string>();
  const silent = new Map<string, string>();
  const versions = new Map<string, string>();
  const reads = services.flatMap((service) =>
    service.instances.map(async (instance) => {
      const target = targetOf(instance, reach);
      if (!target) return;
      const read = async () => {
        const live = await service.definition.live();
        const connection = await live.connect(target);
        try {
          const names = service.settings.map(({ name }) => name);
          const wanted = new Map(service.settings.map(({ name, value }) => [name, value]));
          const [values, version, size, reason] = await Promise.all([
            connection.read(names),
            connection.version(),
            connection.held?.(),
            connection.unsaved?.(wanted),
          ]);
          effective.set(instance.name, values);
          if (size !== undefined) held.set(instance.name, size);
          if (reason !== undefined) unsaved.set(instance.name, reason);
          versions.set(service.name, version);
        } finally {
          await connection.close();
        }
      };
      try {
        await withDeadline(read(), READ_DEADLINE_MS, `${instance.name} did not report its settings`);
      } catch (error) {
        silent.set(instance.name, messageOf(error));
      }
    }),
  );
  await Promise.all(reads);
  return { effective, held, unsaved, silent, versions };
}
