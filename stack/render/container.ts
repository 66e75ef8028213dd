/** One container, the same for every way to deploy: its names, labels, limits and mounts as plain data. */
import type { Desired, DesiredInstance, DesiredService } from "../core/desire/desire.ts";
import { mountsOf, type ContainerMount } from "../core/desire/mounts.ts";
import type { Confinement } from "../core/service/confinement.ts";
import { networksOf, type Network } from "../core/service/container.ts";
import type { ContainerSpec } from "../core/service/service.ts";
import { LABELS, projectName } from "../core/stack-names.ts";
import type { Bytes } from "../core/units.ts";

/** Container logs are bounded: three files of 10 MB each. */
export const LOGGING = { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } } as const;

export interface ContainerPlan {
  /** Its name within the stack, which is its host name for the others. */
  readonly instance: string;
  /** Its name in the engine. */
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly memory: Bytes;
  readonly cpus: number;
  readonly confinement: Confinement;
  readonly mounts: readonly ContainerMount[];
  readonly networks: readonly Network[];
  /** Ports on the machine; the deployer chooses the address. */
  readonly ports: readonly { readonly published: number; readonly container: number }[];
  /** Credentials whose files are mounted below the folder of secrets. */
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
  const { container: spec, confinement, name } = instance;
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
    confinement,
    mounts: mountsOf(desired.engine, instance),
    networks: networksOf(spec),
    ports: instance.ports.map(({ published, container }) => ({ published, container })),
    secrets: spec.secrets,
    spec,
  };
}
