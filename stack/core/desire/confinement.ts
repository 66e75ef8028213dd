/** The wanted confinement of an instance: everything is taken from a container that its service does not ask for. Pure. */
import type { MachineFacts } from "../machine/facts.ts";
import {
  DROPPED_CAPABILITIES,
  SECURITY_OPTIONS,
  type ConfinedMount,
  type Confinement,
} from "../service/confinement.ts";
import { networksOf, openFilesOf, processesOf, PUBLISHED_ADDRESS } from "../service/container.ts";
import { SECRETS_MOUNT } from "../service/service.ts";
import { projectName } from "../stack-names.ts";
import { mountsOf, type ContainerMount, type MountingInstance } from "./mounts.ts";

export interface ConfinedInstance extends MountingInstance {
  readonly stack: string;
  readonly engine: Pick<MachineFacts, "engineSocket" | "openFilesLimit" | "limitsProcesses">;
  readonly ports: readonly { readonly published: number; readonly container: number }[];
}

export function confinementOf(instance: ConfinedInstance): Confinement {
  const { stack, engine, container, ports } = instance;
  const { capabilities = [], groups = [], readOnlyRoot = false, pidMode, secrets } = container;
  return {
    privileged: false,
    addedCapabilities: capabilities,
    droppedCapabilities: DROPPED_CAPABILITIES,
    securityOptions: SECURITY_OPTIONS,
    processes: processesOf(container, engine.limitsProcesses),
    openFiles: openFilesOf(container, engine.openFilesLimit),
    readOnlyRoot,
    sharedNamespaces: pidMode === undefined ? [] : [`pid: ${pidMode}`],
    groups,
    devices: [],
    ports: ports.map((port) => `${PUBLISHED_ADDRESS}:${port.published}:${port.container}/tcp`),
    mounts: [
      ...mountsOf(engine, instance).map((mount) => confined(mount, stack)),
      ...secrets.map((name) => ({
        source: `./secrets/${name}`,
        target: `${SECRETS_MOUNT}/${name}`,
        writable: false,
      })),
    ],
    networks: networksOf(container).map((network) => `${projectName(stack)}-${network}`),
    user: container.user ?? "",
    otherOptions: [],
  };
}

/** The rights and limits alone, without what else a container's definition lists. */
export type Rights = Omit<Confinement, "ports" | "mounts" | "networks" | "user" | "otherOptions">;

export function rightsOf(confinement: Confinement): Rights {
  const {
    ports: _ports,
    mounts: _mounts,
    networks: _networks,
    user: _user,
    otherOptions: _other,
    ...rights
  } = confinement;
  return rights;
}

function confined(mount: ContainerMount, stack: string): ConfinedMount {
  switch (mount.kind) {
    case "volume":
      return { source: `${projectName(stack)}-${mount.volume}`, target: mount.target, writable: true };
    case "bind":
      return { source: mount.source, target: mount.target, writable: false };
  }
}
