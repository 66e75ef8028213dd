/** One container, the same for every way to deploy: its names, labels, limits and mounts as plain data. */
import type { Desired, DesiredInstance, DesiredService } from "../core/desire/desire.ts";
import { ENGINE_SOCKET, networksOf, openFilesOf, type MachineMount, type Network } from "../core/service/container.ts";
import { CONF_MOUNT, SECRETS_MOUNT, type ContainerSpec } from "../core/service/service.ts";
import { LABELS, projectName, SECRET_FILES_FOLDER } from "../core/stack-names.ts";
import type { Bytes } from "../core/units.ts";

/** Container logs are bounded: three files of 10 MB each. */
export const LOGGING = { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } } as const;

export type ContainerMount =
  /** `volume`: its name within the stack, "postgres-data". */
  | { readonly kind: "volume"; readonly volume: string; readonly target: string }
  /** Read-only. `source`: absolute on the machine, or relative to the stack's folder if it begins with "./". */
  | { readonly kind: "bind"; readonly source: string; readonly target: string };

export interface ContainerPlan {
  /** Its name within the stack, which is its host name for the others. */
  readonly instance: string;
  /** Its name in the engine. */
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly memory: Bytes;
  readonly cpus: number;
  readonly openFiles: number;
  readonly mounts: readonly ContainerMount[];
  readonly networks: readonly Network[];
  /** Ports on the machine; the deployer chooses the address. */
  readonly ports: readonly { readonly published: number; readonly container: number }[];
  /** Credentials whose files are mounted below `SECRETS_MOUNT`. */
  readonly secrets: readonly string[];
  readonly spec: ContainerSpec;
}

/** Returns all containers of a stack, in the order of its services. */
export function containersOf(desired: Desired): readonly ContainerPlan[] {
  return desired.services.flatMap((service) =>
    service.instances.map((instance) => containerPlan(desired, service, instance)),
  );
}

function containerPlan(desired: Desired, service: DesiredService, instance: DesiredInstance): ContainerPlan {
  const { container: spec, name } = instance;
  return {
    instance: name,
    name: `${projectName(desired.stack)}-${name}`,
    image: service.image.reference,
    labels: {
      [LABELS.stack]: desired.stack,
      [LABELS.service]: service.name,
      [LABELS.instance]: name,
      [LABELS.identity]: instance.identity,
    },
    memory: service.share.memory,
    cpus: service.share.cpus,
    openFiles: openFilesOf(spec, desired.engine.openFilesLimit),
    mounts: mountsOf(desired, instance),
    networks: networksOf(spec),
    ports: instance.ports.map(({ published, container }) => ({ published, container })),
    secrets: spec.secrets,
    spec,
  };
}

function mountsOf({ engine }: Desired, { name, container, files }: DesiredInstance): readonly ContainerMount[] {
  const { volumes, mounts = [], secretFiles = [] } = container;
  return [
    ...Object.entries(volumes).map(([target, volume]): ContainerMount => {
      return { kind: "volume", volume: `${name}-${volume}`, target };
    }),
    // Without files the folder does not exist, and engines refuse to mount it.
    ...(files.length > 0 ? [bind(`./conf/${name}`, CONF_MOUNT)] : []),
    ...secretFiles.map(({ path }) =>
      bind(`./secrets/${SECRET_FILES_FOLDER}/${name}/${path}`, `${SECRETS_MOUNT}/${path}`),
    ),
    ...mounts.map((mount) => bind(sourceOf(mount, engine.engineSocket ?? ENGINE_SOCKET), mount.target)),
  ];
}

function bind(source: string, target: string): ContainerMount {
  return { kind: "bind", source, target };
}

function sourceOf(mount: MachineMount, engineSocket: string): string {
  switch (mount.kind) {
    case "host":
      return mount.source;
    case "engine-socket":
      return engineSocket;
  }
}
