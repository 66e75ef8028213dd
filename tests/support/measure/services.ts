/** Services for runs without an engine: each operation takes its time, and what happened is remembered. */
import { setTimeout as sleep } from "node:timers/promises";
import type { SmokeOptions } from "../../../stack/measure/smoke-options.ts";
import type { NamedBench } from "../../../stack/measure/tracks.ts";
import type { Effect, Scenario } from "../../../stack/core/service/scenario.ts";
import { gib } from "../../../stack/core/units.ts";

export interface FakeServices {
  readonly benches: readonly NamedBench[];
  /** The scenario of every block that was opened, in order. */
  readonly opened: readonly string[];
}

/** Makes services with these scenarios each. `connectMs`: for the connections of a block. */
export function fakeServices(
  names: readonly string[],
  { effects = ["read"], connectMs = 0 }: { readonly effects?: readonly Effect[]; readonly connectMs?: number } = {},
): FakeServices {
  const opened: string[] = [];
  const scenarioOf = (service: string, effect: Effect): Scenario => {
    const name = `${service}/${effect.replace(" ", "-")}`;
    const open = async () => {
      opened.push(name);
      if (connectMs > 0) await sleep(connectMs);
      return { operation: () => sleep(1), close: () => Promise.resolve() };
    };
    return { name, title: name, effect, smoke: true, clients: 2, parameters: {}, open };
  };
  const benches = names.map((service) => ({
    service,
    bench: {
      scenarios: effects.map((effect) => scenarioOf(service, effect)),
      setup: () => Promise.resolve(),
      teardown: () => Promise.resolve(),
      fingerprint: () => Promise.resolve({}),
    },
  }));
  return { benches, opened };
}

/** The options of a run of these services. */
export function runOptions(
  { benches }: Pick<SmokeOptions, "benches">,
  change: Partial<SmokeOptions> = {},
): SmokeOptions {
  return {
    benches,
    facts: {
      machine: {
        cpus: 2,
        memory: gib(4),
        architecture: "x86_64",
        kernel: "6.1",
        operatingSystem: "test",
        cgroupVersion: 2,
        storageDriver: "overlay2",
        engineVersion: "27.0",
      },
      runtime: "engine",
      cpuModel: "Test cpu",
      toolVersion: "0.1.0",
      images: {},
      settings: {},
    },
    profile: "test",
    budgetS: 4,
    margin: 0.1,
    report: () => undefined,
    signal: new AbortController().signal,
    ...change,
  };
}
