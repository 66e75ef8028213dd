/** The scenarios of a running stack's smoke set, with meters on the containers that each works on. */
import type { CounterReader } from "../../../stack/core/machine/counters.ts";
import { selectedServices } from "../../../stack/core/desire/desire.ts";
import type { Scenario } from "../../../stack/core/service/scenario.ts";
import { projectName } from "../../../stack/core/stack-names.ts";
import { byInstance, targetsOf } from "../../../stack/converge/targets.ts";
import type { RunningStack } from "../../../stack/commands/request/running-stack.ts";
import type { NamedBench } from "../../../stack/measure/tracks.ts";
import { metersOf, type Meters } from "./observe.ts";

/** A scenario with a number of clients. */
export interface Variant {
  readonly scenario: Scenario;
  readonly meters: Meters;
}

export interface Stage {
  readonly benches: readonly NamedBench[];
  readonly variants: readonly Variant[];
  close(): void;
}

/** `clients`: numbers of clients to measure each scenario with; "default" for the scenario's own. */
export async function openStage(
  { desired, wanted, world }: RunningStack,
  clients: readonly (number | "default")[],
): Promise<Stage> {
  const containers = byInstance(await world.engine.containers(projectName(wanted.stack)));
  const readers = new Map<string, readonly CounterReader[]>();
  const benches: NamedBench[] = [];
  for (const service of selectedServices(desired)) {
    const { name, instances, requires, definition } = service;
    const targets = targetsOf(service, { ...world, containers });
    if (!targets) continue;
    const ids = instances.flatMap((instance) => containers.get(instance.name)?.id ?? []);
    readers.set(name, await Promise.all(ids.map((id) => world.engine.counters(id))));
    const live = await definition.live();
    if (live.bench) benches.push({ service: name, requires, bench: live.bench(targets) });
  }
  const variants: Variant[] = [];
  for (const { service, requires = [], bench } of benches) {
    const own = [service, ...requires].flatMap((name) => readers.get(name) ?? []);
    const meters = await metersOf(own);
    for (const scenario of bench.scenarios.filter(({ smoke }) => smoke)) {
      const counts = new Set(clients.map((each) => (each === "default" ? scenario.clients : each)));
      variants.push(...[...counts].map((count) => ({ scenario: { ...scenario, clients: count }, meters })));
    }
  }
  return {
    benches,
    variants,
    close: () => {
      for (const reader of [...readers.values()].flat()) reader.close();
    },
  };
}
