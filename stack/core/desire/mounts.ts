/** What is mounted into a container, the same for every way to deploy. Pure. */
import type { MachineFacts } from "../machine/facts.ts";
import { CERTIFICATES_MOUNT } from "../service/certificate.ts";
import { ENGINE_SOCKET, type MachineMount } from "../service/container.ts";
import { CONF_MOUNT, SECRETS_MOUNT, type ConfFile, type ContainerSpec } from "../service/service.ts";
import { CERTIFICATES_FOLDER, SECRET_FILES_FOLDER } from "../stack-names.ts";

export type ContainerMount =
  /** `volume`: its name within the stack, "postgres-data". */
  | { readonly kind: "volume"; readonly volume: string; readonly target: string }
  /** Read-only. `source`: absolute on the machine, or relative to the stack's folder if it begins with "./". */
  | { readonly kind: "bind"; readonly source: string; readonly target: string };

export interface MountingInstance {
  readonly name: string;
  readonly service: string;
  /** True if the folder with the certificates of its service is mounted. */
  readonly hasCertificates: boolean;
  readonly container: ContainerSpec;
  readonly files: readonly ConfFile[];
}

/** Returns the mounts of an instance, without its credentials: every deployer has its own way to mount these. */
export function mountsOf(
  engine: Pick<MachineFacts, "engineSocket">,
  { name, service, hasCertificates, container, files }: MountingInstance,
): readonly ContainerMount[] {
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
    // The whole folder: a running server must see files that take the place of others.
    ...(hasCertificates ? [bind(`./secrets/${CERTIFICATES_FOLDER}/${service}`, CERTIFICATES_MOUNT)] : []),
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
