/** Turns the changes of a stack into a plan: the dependencies of each change, and the waits that belong to it. Pure. */
import { isStart, type ContainerAction, type FileAction, type Step } from "./action.ts";
import type { Observed } from "./observed.ts";
import { idOf, StepList } from "./order.ts";
import { planWaits, type Restart, type ServiceChanges } from "./waits.ts";
import { selectedServices, type Desired, type DesiredService } from "../desire/desire.ts";

/** Done to an instance before it is started. */
const ROOM: ReadonlySet<ContainerAction["kind"]> = new Set([
  "unpause-container",
  "save-data",
  "renew-volumes",
  "reset-persisted",
  "grow-limits",
]);

export interface StackChanges {
  readonly desired: Desired;
  readonly observed: Pick<Observed, "silent" | "unready" | "missing">;
  readonly files: readonly FileAction[];
  readonly removals: readonly ContainerAction[];
  /** Changes of all wanted instances. */
  readonly changes: readonly ContainerAction[];
}

/**
 * - Every file is written before a container is touched. A file that cannot be written ends the run with the servers
 * unchanged.
 * - Containers are removed before others are created or grow, which may need their ports and their memory.
 * - A service whose clients are drained is not changed itself until it is released.
 * - Limits shrink after the server was told to use less, and works.
 */
export function stepsOf({ desired, observed, files, removals, changes }: StackChanges): readonly Step[] {
  const list = new StepList();
  const written = files.map((file) => list.add("files", file, []));
  const gone = removals.map((removal) => list.add("removals", removal, written));
  const settled = [...written, ...gone];
  const services = selectedServices(desired);
  const all = changesByService(services, observed, changes);
  const ends = new Map<string, readonly string[]>();
  const disturbed = new Set<string>();
  const releases = releasesIn(changes);
  const released = new Map<string, string>();
  for (const service of byRequirement(services)) {
    const { name, requires } = service;
    const own = all.get(name);
    if (!own) continue;
    const required = requires.flatMap((each) => ends.get(each) ?? []);
    const ended = releases.get(name) ?? [];
    const roomFor = new Map<string, readonly string[]>();
    for (const action of own.room) {
      const before = roomFor.get(action.instance) ?? [];
      roomFor.set(action.instance, [...before, list.add("room", action, settled)]);
    }
    const ready = (instance: string) => [...settled, ...ended, ...(roomFor.get(instance) ?? [])];
    for (const start of own.starts) list.add("starts", start, ready(start.instance));
    const live = own.live.map((apply) => list.add("live", apply, [...ready(apply.instance), ...required]));
    const isDisturbed = requires.some((each) => disturbed.has(each));
    const before = { ready, required: [...required, ...ended], live, isDisturbed, released };
    const end = planWaits(list, own, before);
    if (isDisturbed || own.starts.length + own.restarts.length > 0) disturbed.add(name);
    ends.set(name, end);
    for (const shrink of own.lower) list.add("lower", shrink, [...settled, ...live, ...end]);
  }
  return list.ordered();
}

/** Returns the ids of the release steps, by the drained service. */
function releasesIn(changes: readonly ContainerAction[]): ReadonlyMap<string, readonly string[]> {
  const releases = new Map<string, string[]>();
  for (const action of changes) {
    if (action.kind !== "restart-container") continue;
    for (const service of action.drains) {
      const id = idOf({ kind: "release", service, around: action.instance, cause: "" });
      releases.set(service, [...(releases.get(service) ?? []), id]);
    }
  }
  return releases;
}

function changesByService(
  services: readonly DesiredService[],
  { silent, unready, missing }: StackChanges["observed"],
  changes: readonly ContainerAction[],
): ReadonlyMap<string, ServiceChanges> {
  const byService = new Map<string, ContainerAction[]>();
  for (const action of changes) {
    const own = byService.get(action.service);
    if (own) own.push(action);
    else byService.set(action.service, [action]);
  }
  const all = new Map<string, ServiceChanges>();
  for (const { name, instances } of services) {
    const own = byService.get(name) ?? [];
    const planned = new Set(
      own.filter((action) => isStart(action) || isRestart(action)).map(({ instance }) => instance),
    );
    all.set(name, {
      service: name,
      room: own.filter(({ kind }) => ROOM.has(kind)),
      starts: own.filter(isStart),
      restarts: own.filter(isRestart),
      live: own.filter(({ kind }) => kind === "apply-settings"),
      lower: own.filter(({ kind }) => kind === "shrink-limits"),
      silent: instances.flatMap((instance) => {
        const reason = silent?.get(instance.name);
        return reason === undefined || planned.has(instance.name) ? [] : [{ instance: instance.name, reason }];
      }),
      unready: unready?.get(name),
      missing: missing?.get(name) ?? [],
    });
  }
  return all;
}

function isRestart(action: ContainerAction): action is Restart {
  return action.kind === "restart-container";
}

/** Returns the services, each after the ones it requires. */
function byRequirement(services: readonly DesiredService[]): readonly DesiredService[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  const ordered = new Set<DesiredService>();
  const visit = (service: DesiredService): void => {
    if (ordered.has(service)) return;
    for (const name of service.requires) {
      const required = byName.get(name);
      if (required) visit(required);
    }
    ordered.add(service);
  };
  for (const service of services) visit(service);
  return [...ordered];
}
