/** `destroy <service…>`: removes the containers and the data of single services; all others keep theirs. */
import { PlumblineError } from "../core/errors.ts";
import type { Engine, Volume } from "../core/machine/engine.ts";
import type { Destroyed } from "../core/results/commands/removal.ts";
import { projectName, serviceOfVolume } from "../core/stack-names.ts";
import { throwIfAborted } from "../host/deadline.ts";
import { noteVolumes } from "../records/known-volumes.ts";
import { guestNotes, stopAndRemove, type DownControls, type OnEngine } from "./down.ts";
import { madeElsewhere } from "./request/another-clone.ts";
import { knownServices, restoredVolumes } from "./volumes/own.ts";
import type { Wanted } from "./request/request.ts";

export interface ServicesToDestroy extends Pick<OnEngine, "deploy"> {
  readonly wanted: Pick<Wanted, "stack" | "folder" | "services">;
  readonly engine: Pick<
    Engine,
    "containers" | "volumes" | "namedVolumes" | "volumeSizes" | "removeVolume" | "forgetLostVolumes"
  >;
  /** Names of services. */
  readonly services: readonly string[];
  readonly ask: (lost: {
    readonly containers: number;
    readonly elsewhere: readonly string[];
    readonly volumes: readonly Volume[];
  }) => Promise<void>;
}

/**
 * Asks, then removes the services' containers and volumes. Credentials, conf files, networks and the other services
 * stay, so that `up` makes the services anew with the same passwords. Rejects with WRONG_USAGE for an unknown service.
 */
export async function destroyServices(
  { wanted, engine, deploy, services, ask }: ServicesToDestroy,
  controls: DownControls,
): Promise<Destroyed> {
  const known = knownServices(wanted);
  refuseUnknown(services, known);
  const project = projectName(wanted.stack);
  const containers = (await engine.containers(project)).filter(({ service }) => services.includes(service));
  const volumes = (await engine.volumeSizes(project)).filter(({ name }) =>
    services.includes(serviceOfVolume(project, name, known) ?? ""),
  );
  await ask({
    containers: containers.length,
    elsewhere: await madeElsewhere(containers, wanted.folder, volumes),
    volumes,
  });
  await stopAndRemove(containers, { deploy, services: wanted.services }, controls);
  for (const { name } of volumes) {
    throwIfAborted(controls.signal);
    await engine.removeVolume(name);
  }
  await engine.forgetLostVolumes(project);
  await noteVolumes(wanted.folder, { without: volumes.map(({ name }) => name) });
  const kept = (await restoredVolumes(engine, project, wanted)).filter((name) =>
    services.includes(serviceOfVolume(project, name, known) ?? ""),
  );
  return {
    stack: wanted.stack,
    containers: containers.map(({ instance }) => instance),
    networks: [],
    volumes: volumes.map(removedVolume),
    images: [],
    files: [],
    machineDeleted: false,
    notes: [
      ...guestNotes({ containers: [], networks: [], volumes: kept }),
      `the other services are as they were; \`npm run up\` makes ${services.join(" and ")} anew`,
    ],
  };
}

/** Returns the volume as documents have it. */
export function removedVolume({ name, size }: Volume): Destroyed["volumes"][number] {
  return { name, ...(size === undefined ? {} : { sizeBytes: size }) };
}

function refuseUnknown(services: readonly string[], known: readonly string[]): void {
  const unknown = services.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new PlumblineError("WRONG_USAGE", {
    what: `There is no service ${unknown.join(", ")}`,
    why: `the services are ${known.toSorted().join(", ")}`,
    fix: "Name one of these, or none for the whole stack",
  });
}
