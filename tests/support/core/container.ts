import type { ObservedContainer } from "../../../stack/core/machine/facts.ts";
import { mib } from "../../../stack/core/units.ts";

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
    identity: "",
    networks: {},
    ports: [],
    ...parts,
  };
}
