/** Where the experiment plays: a running stack, its services that can be harmed, and what their containers use. */
import { PlumblineError } from "../../../stack/core/errors.ts";
import { isMeasured } from "../../../stack/core/results/baseline.ts";
import type { SmokeRun } from "../../../stack/core/results/measurement.ts";
import { byInstance } from "../../../stack/converge/targets.ts";
import { observeWanted, requireRunning, type ObservedStack } from "../../../stack/commands/request/observed-stack.ts";
import { readWanted, type StackOptions } from "../../../stack/commands/request/request.ts";
import { requireEngine } from "../../../stack/commands/request/discovery.ts";
import { usageOf } from "../../../stack/judge/causes/usage.ts";
import { faults, type FaultName } from "./faults/faults.ts";
import type { Scene } from "./scene.ts";

/** Observes the running stack, as `bench` does. */
export async function observe(options: StackOptions): Promise<ObservedStack> {
  const wanted = await readWanted(options);
  const found = await requireEngine(wanted);
  await requireRunning(wanted, found);
  return observeWanted(wanted, found, { withoutImage: "left out" });
}

/**
 * Returns the services that a fault harms: the given ones that it fits, otherwise the first that it fits. Throws
 * WRONG_USAGE if there is none.
 */
export function harmedBy(fault: FaultName, stack: ObservedStack, given: readonly string[]): readonly string[] {
  const fitting = stack.desired.services.filter((service) => faults[fault].fits(service)).map(({ name }) => name);
  const chosen = given.length === 0 ? fitting.slice(0, 1) : given.filter((name) => fitting.includes(name));
  if (chosen.length > 0) return chosen;
  throw new PlumblineError("WRONG_USAGE", {
    what: `The fault ${fault} fits no service ${given.join(", ")}`,
    why: "it changes what such a service does not have",
    fix: fitting.length === 0 ? "Leave it out: name the others with --fault" : `Use some of: ${fitting.join(", ")}`,
  });
}

/** Returns a service of the stack as the scene of a fault. Throws WRONG_USAGE if it does not run. */
export function sceneOf(stack: ObservedStack, name: string, rest: Pick<Scene, "signal" | "busyCores">): Scene {
  const service = stack.desired.services.find((each) => each.name === name);
  const instance = service?.instances[0];
  const container = byInstance(stack.observation.containers).get(instance?.name ?? "");
  if (service && instance && container) return { stack, service, instance, container, ...rest };
  throw new PlumblineError("WRONG_USAGE", {
    what: `There is no service ${name} to harm`,
    why: "it does not run in this stack",
    fix: `Use some of: ${stack.desired.services.map((each) => each.name).join(", ")}`,
  });
}

/** Returns the cpu that a service's first container used in the scenario that uses most of it; undefined if unknown. */
export function busyCoresOf(runs: readonly SmokeRun[], stack: ObservedStack, service: string): number | undefined {
  const instance = stack.desired.services.find(({ name }) => name === service)?.instances[0]?.name;
  const used = runs.flatMap((run) =>
    run.scenarios.filter(isMeasured).flatMap((scenario) => {
      const containers = usageOf(scenario, run)?.containers ?? [];
      return containers.filter((container) => container.instance === instance).map(({ cpuCores }) => cpuCores);
    }),
  );
  return used.length === 0 ? undefined : Math.max(...used);
}

/** Returns the machine in a few words. */
export function machineOf({ machine }: ObservedStack): string {
  const { cpus, kernel, cgroupVersion, engineVersion } = machine;
  return `${cpus} cpus, kernel ${kernel}, cgroup v${cgroupVersion}, engine ${engineVersion}`;
}
