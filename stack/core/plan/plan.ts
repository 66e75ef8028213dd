/** Plans how to get from the observed stack to the desired one. Pure: it decides everything and does nothing. */
import type { ContainerAction, FileAction, StackPlan } from "./action.ts";
import { planInstance } from "./changes.ts";
import { byInstance } from "./containers.ts";
import type { FileState, Observed } from "./observed.ts";
import { stepsOf } from "./steps.ts";
import { selectedServices, type Desired, type DesiredService } from "../desire/desire.ts";
import type { ObservedContainer } from "../machine/facts.ts";

/**
 * Returns the steps in an executable order: files, removed containers, limits that grow, new containers, waits,
 * restarts, live settings, limits that shrink. After carrying them out, planning again gives no step.
 */
export function planStack(desired: Desired, observed: Observed): StackPlan {
  const containers = byInstance(observed.containers);
  const notes: string[] = [...desired.refusals, ...desired.warnings];
  const changes: ContainerAction[] = [];
  const fileNotes: string[] = [];
  const files = planFiles(observed.files, fileNotes);
  const services = selectedServices(desired);
  for (const service of services) {
    const drains = drainersOf(service, services, { ...observed, byName: containers });
    for (const instance of service.instances) {
      const container = containers.get(instance.name);
      const effective = observed.effective.get(instance.name);
      const { folder } = observed;
      const hopeless = observed.hopeless?.get(instance.name) ?? [];
      const persisted = observed.persisted?.get(instance.name);
      const blamed = observed.blamed?.get(instance.name) ?? new Set<string>();
      const damages = observed.damages?.get(instance.name) ?? [];
      const unsaved = observed.unsaved?.get(instance.name);
      const outdated = files.map(({ path }) => path).filter((path) => path.startsWith(`conf/${instance.name}/`));
      const seen = { container, effective, folder, hopeless, persisted, blamed, damages, unsaved, outdated };
      changes.push(...planInstance({ service, instance, drains, ...seen }, notes));
    }
  }
  for (const name of observed.guests ?? [])
    notes.push(`the container ${name} was not made by Plumbline: it is yours and is left as it is`);
  notes.push(...fileNotes);
  const removals = planRemovals(desired, observed.containers, containers);
  return { actions: stepsOf({ desired, observed, files, removals, changes }), notes };
}

function planFiles(files: ReadonlyMap<string, FileState>, notes: string[]): FileAction[] {
  const actions: FileAction[] = [];
  for (const [path, state] of files) {
    switch (state) {
      case "same":
        break;
      case "absent":
        actions.push({ kind: "write-file", path, keepCopy: false, cause: "it does not exist" });
        break;
      case "outdated":
        actions.push({
          kind: "write-file",
          path,
          keepCopy: false,
          cause: "the profile or the machine gives other values",
        });
        break;
      case "edited":
        actions.push({
          kind: "write-file",
          path,
          keepCopy: true,
          cause: "it was edited by hand; a copy is kept beside it",
        });
        break;
      case "foreign":
        notes.push(`${path} has no signature line: it is yours and is left as it is`);
        break;
    }
  }
  return actions;
}

function planRemovals(
  desired: Desired,
  containers: readonly ObservedContainer[],
  kept: ReadonlyMap<string, ObservedContainer>,
): ContainerAction[] {
  const services = selectedServices(desired);
  const wanted = new Set(services.flatMap(({ instances }) => instances.map(({ name }) => name)));
  const planned = new Set(services.map(({ name }) => name));
  // A service of the profile that is left out or not selected stays as it is.
  const untouched = (service: string) => Object.hasOwn(desired.profile.services, service) && !planned.has(service);
  return containers.flatMap((container): ContainerAction[] => {
    const { service, instance, id } = container;
    const on = { kind: "remove-container", service, instance, containerId: id } as const;
    if (wanted.has(instance)) {
      return kept.get(instance) === container ? [] : [{ ...on, cause: "a second container of the same instance" }];
    }
    if (untouched(service)) return [];
    return [{ ...on, cause: `the profile ${desired.profile.name} does not have it; its volumes stay` }];
  });
}

interface Found extends Observed {
  readonly byName: ReadonlyMap<string, ObservedContainer>;
}

/** Returns the working services in front of this one that can make their clients wait. */
function drainersOf({ name }: DesiredService, services: readonly DesiredService[], found: Found): readonly string[] {
  return services
    .filter(({ requires, definition }) => requires.includes(name) && definition.drainsClients === true)
    .filter(({ instances }) => instances.every((each) => found.byName.get(each.name)?.state === "running"))
    .filter((drainer) => works(drainer, found))
    .map((drainer) => drainer.name);
}

/**
 * Returns whether a service works, judging by the checks made. A service that does not work may still be drained by a
 * killed run.
 */
function works({ name, instances }: DesiredService, { unready, missing, silent }: Found): boolean {
  return !unready?.has(name) && !missing?.has(name) && !instances.some((each) => silent?.has(each.name));
}
