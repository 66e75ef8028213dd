/** Stacks of any size for measuring the planner: invented services, shaped like real ones. */
import { z } from "zod";
import { desire, sizeServices, type Desired } from "../../../stack/core/desire/desire.ts";
import type { EffectiveValue, ObservedContainer } from "../../../stack/core/machine/facts.ts";
import type { ObtainedImage } from "../../../stack/core/service/image.ts";
import type { Action } from "../../../stack/core/plan/action.ts";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { type FileState, type Observed } from "../../../stack/core/plan/observed.ts";
import type { Profile } from "../../../stack/core/profile/profile.ts";
import type { ConfiguredService } from "../../../stack/core/service/service.ts";
import type { Credentials } from "../../../stack/core/service/credential.ts";
import type { Setting } from "../../../stack/core/service/setting.ts";
import type { Want } from "../../../stack/core/service/want.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { composeFiles } from "../../../stack/render/compose.ts";
import { renderStack } from "../../../stack/render/stack.ts";

/** The average of the dev profile's services: 69 settings of 7 containers. */
const SETTINGS = 10;

/** There are only 65,536 ports; these services share them, since nothing listens. */
const PORTS = 40_000;

export interface SyntheticStack {
  readonly services: readonly ConfiguredService[];
  readonly images: ReadonlyMap<string, ObtainedImage>;
  readonly profile: Profile;
  readonly machine: { readonly cpus: number; readonly memory: ReturnType<typeof gib> };
}

/**
 * Returns a stack of `count` services, on a machine that grows with it. Every tenth service requires the one before it.
 */
export function syntheticStack(count: number): SyntheticStack {
  const services = Array.from({ length: count }, (_, index) => serviceOf(index));
  const machine = { cpus: count, memory: gib(count) };
  return {
    services,
    images: new Map(services.map(({ name }) => [name, imageOf(name)])),
    profile: {
      name: "synthetic",
      description: "",
      machine: { ...machine, disk: gib(count) },
      services: Object.fromEntries(services.map(({ name }) => [name, {}])),
      overrides: {},
      workload: { kind: "mixed", clients: 100, connections: 100 },
      verification: { budgetS: 30, margin: 0.1 },
      images: "auto",
      runtime: "auto",
      portOffset: 0,
    },
    machine,
  };
}

export interface Planned {
  readonly desired: Desired;
  readonly actions: readonly Action[];
}

/** Plans: budget, settings, definitions and the plan. Rendering is `renderStack`'s work and not included. */
export function planSynthetic(stack: SyntheticStack, observed: Observed): Planned {
  const { services, images, profile, machine } = stack;
  const { budget, sized } = sizeServices({ profile, machine, services });
  const desired = desire({
    stack: "synthetic",
    profile,
    profileReference: "synthetic",
    budget,
    sized,
    images,
    credentials,
  });
  return { desired, actions: planStack(desired, observed).actions };
}

/** A world that contains nothing. */
export const NOTHING_THERE: Observed = { containers: [], effective: new Map(), files: new Map() };

/** Returns the world in which everything is as wanted. */
export function observedAs({ desired }: Planned): Observed {
  const effective = new Map<string, ReadonlyMap<string, EffectiveValue>>();
  const containers = desired.services.flatMap((service) =>
    service.instances.map((instance): ObservedContainer => {
      effective.set(instance.name, new Map(service.settings.map(({ name, value }) => [name, { value }])));
      return {
        id: instance.name,
        service: service.name,
        instance: instance.name,
        state: "running",
        outOfMemory: false,
        image: service.image.reference,
        memoryLimit: service.share.memory,
        swapLimit: service.share.memory,
        cpuLimit: service.share.cpus,
        confinement: instance.confinement,
        identity: instance.identity,
        networks: {},
        ports: [],
      };
    }),
  );
  return {
    containers,
    effective,
    files: new Map([...renderStack(desired, composeFiles).keys()].map((path): [string, FileState] => [path, "same"])),
  };
}

function serviceOf(index: number): ConfiguredService {
  const name = `service-${index}`;
  return {
    name,
    options: {},
    wants: required(index),
    requires: required(index).map(({ from }) => from),
    grants: [{ name: "anything", parameters: z.strictObject({}) }],
    offers: {},
    instances: [name],
    image: { sources: [{ kind: "registry", reference: `${name}:1` }] },
    ports: [{ name: "client", instance: name, container: 1024, defaultHostPort: 1024 + (index % PORTS) }],
    certificates: [],
    credentials: [],
    unsignedFiles: [],
    needs: () => ({ floor: mib(64), ideal: mib(1024), weight: 1 + (index % 5), cpus: 1 }),
    tune: ({ share }) =>
      Array.from({ length: SETTINGS }, (_, setting) => settingOf(setting, share.memory / (setting + 2))),
    spell: (value) => `${value}`,
    files: ({ settings }) => [
      { path: "service.conf", text: settings.map((each) => `${each.name} = ${each.value}\n`).join("") },
    ],
    container: ({ settings }) => ({
      command: [name, "--config", "/etc/plumbline/service.conf"],
      environment: { SETTINGS: `${settings.length}` },
      volumes: { "/var/lib/service": "data" },
      secrets: [],
      stopGraceSeconds: 10,
    }),
    failures: [],
    live: () => Promise.reject(new Error("a synthetic service runs nowhere")),
  };
}

function required(index: number): readonly Want[] {
  return index % 10 === 9 ? [{ from: `service-${index - 1}`, grant: "anything" }] : [];
}

function settingOf(index: number, value: number): Setting {
  const name = `setting_${index}`;
  return {
    name,
    value: Math.floor(value),
    unit: "bytes",
    takes: index % 2 === 0 ? "live" : "restart",
    because: { formula: `M / ${index + 2}`, inputs: { M: "the share" }, source: "none" },
    variable: name.toUpperCase(),
  };
}

function imageOf(name: string): ObtainedImage {
  return { reference: `${name}:1`, source: "registry", version: "1", notes: [] };
}

const credentials: Credentials = () => {
  throw new Error("a synthetic service has no credentials");
};
