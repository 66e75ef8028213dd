import type { ObservedContainer } from "../../../stack/core/machine/facts.ts";
import type { Confinement } from "../../../stack/core/service/confinement.ts";
import { mib } from "../../../stack/core/units.ts";

/** What a container has that nobody confined: all that an engine gives without being asked. */
export const UNCONFINED: Confinement = {
  privileged: false,
  addedCapabilities: [],
  droppedCapabilities: [],
  securityOptions: [],
  processes: 0,
  openFiles: 0,
  readOnlyRoot: false,
  sharedNamespaces: [],
  groups: [],
  devices: [],
  ports: [],
  mounts: [],
  networks: [],
  user: "",
  otherOptions: [],
};

/** A container of the test's own store that runs, apart from what the test says. */
export function containerOf(parts: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    id: "x",
    service: "store",
    instance: "store-1",
    state: "running",
    outOfMemory: false,
    image: "store:1",
    memoryLimit: mib(512),
    swapLimit: mib(512),
    cpuLimit: 2,
    confinement: UNCONFINED,
    identity: "",
    networks: {},
    ports: [],
    ...parts,
  };
}
