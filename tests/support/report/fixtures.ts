/** A small stack, wanted and observed, made by the real services. */
import { configureServices, desire, sizeServices, type Desired } from "../../../stack/core/desire/desire.ts";
import type { ObservedContainer } from "../../../stack/core/machine/facts.ts";
import { gib, bytes } from "../../../stack/core/units.ts";
import { readProfile } from "../../../stack/records/profiles.ts";
import { readCredentials } from "../../../stack/records/secrets.ts";
import { registry, services } from "../../../stack/services/index.ts";
import { UNCONFINED } from "../core/container.ts";

export const MACHINE = { cpus: 2, memory: gib(4) } as const;

/** The profile `minimal` on a machine of 2 cpus and 4 GiB, with images that were built here. */
export async function smallStack(): Promise<Desired> {
  const { profile } = await readProfile("minimal", { services });
  const configured = configureServices(profile, registry);
  const { budget, sized } = sizeServices({ profile, machine: MACHINE, services: configured });
  const { credentials } = await readCredentials("/nonexistent", configured);
  const images = new Map(
    configured.map(({ name }) => {
      return [name, { reference: `plumbline/${name}:1.0`, source: "debian", version: "1.0", notes: [] }] as const;
    }),
  );
  return desire({ stack: "test", profile, profileReference: "minimal", budget, sized, images, credentials });
}

/** A container as the engine reports it. */
export function containerOf(service: string, change: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    id: `id-of-${service}`,
    service,
    instance: service,
    state: "running",
    outOfMemory: false,
    image: `plumbline/${service}:1.0`,
    memoryLimit: bytes(1),
    swapLimit: bytes(1),
    cpuLimit: 1,
    confinement: UNCONFINED,
    identity: "",
    networks: { data: "172.20.0.2" },
    ports: [],
    ...change,
  };
}
