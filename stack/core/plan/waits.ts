/** The waits of a service: for its servers, its one-time steps, and the service as a whole. Pure. */
import type { ContainerAction, Start, Step } from "./action.ts";
import { idOf, StepList } from "./order.ts";
import type { DesiredService } from "../desire/desire.ts";

export type Restart = ContainerAction & { readonly kind: "restart-container" };

/** Everything that is planned for one service, and what was found of it. */
export interface ServiceChanges {
  readonly service: string;
  readonly room: readonly ContainerAction[];
  readonly starts: readonly Start[];
  readonly restarts: readonly Restart[];
  readonly live: readonly ContainerAction[];
  readonly lower: readonly ContainerAction[];
  /** Instances that run and did not answer; none that is started anew. */
  readonly silent: readonly { readonly instance: string; readonly reason: string }[];
  readonly unready: string | undefined;
  readonly missing: readonly string[];
}

export interface Before {
  /** Steps before an instance may be touched. */
  readonly ready: (instance: string) => readonly string[];
  /** Steps before this service can be prepared and work: those that it requires work. */
  readonly required: readonly string[];
  /** The live settings of this service: a wrong one can be what keeps it from working. */
  readonly live: readonly string[];
  /** Something of what it requires is started or restarted. */
  readonly isDisturbed: boolean;
  /** The last release planned so far, by the service that is released: no service is drained twice at once. */
  readonly released: Map<string, string>;
}

/**
 * Adds the waits that a service needs, and its restarts with theirs. Returns the steps after which it works, none if
 * it is left alone.
 *
 * Servers that come are waited for first, and the service as a whole, before the first restart: of several instances
 * one is away at a time.
 */
export function planWaits(list: StepList, own: ServiceChanges, before: Before): readonly string[] {
  const { service, starts, restarts, silent, unready, missing } = own;
  const asks = unready !== undefined || missing.length > 0 || silent.length > 0;
  if (starts.length > 0 || (asks && restarts.length === 0)) {
    const end = wholeWait(list, own, { before, cause: causeOf(own), restarted: undefined });
    return restarts.length === 0 ? end : planRestarts(list, own, { before, whole: end });
  }
  if (restarts.length > 0) return planRestarts(list, own, { before, whole: undefined });
  if (!before.isDisturbed) return [];
  const cause = "what it requires was away";
  return [list.add("again", { kind: "await-service", service, cause }, [...before.required, ...before.live])];
}

/** A wait for every service of a stack that something else brings up, with its one-time steps. */
export function waitsFor(services: readonly Pick<DesiredService, "name" | "instances">[]): readonly Step[] {
  const list = new StepList();
  const cause = "it is brought up";
  for (const { name: service, instances } of services) {
    const answers = instances.map(({ name: instance }) =>
      list.add("waits", { kind: "await-instance", service, instance, cause }, []),
    );
    const prepared = list.add("waits", { kind: "prepare", service, missing: [], cause }, answers);
    list.add("waits", { kind: "await-service", service, cause }, [prepared]);
  }
  return list.ordered();
}

interface Wait {
  readonly before: Before;
  readonly cause: string;
  /** The restart that it is part of. */
  readonly restarted: Restart | undefined;
}

/** For servers that come or were silent, then the one-time steps, then the whole. */
function wholeWait(list: StepList, own: ServiceChanges, { before, cause, restarted }: Wait): readonly string[] {
  const { service, starts, silent, missing } = own;
  const stage = restarted ? "restarts" : "waits";
  const awaits = (instance: string, why: string, after: readonly string[]) =>
    list.add(stage, { kind: "await-instance", service, instance, cause: why }, after);
  const answers = [
    ...starts.map((start) => awaits(start.instance, cause, [idOf(start)])),
    ...silent.map(({ instance, reason }) => awaits(instance, `it does not answer: ${firstLine(reason)}`, [])),
    ...(restarted ? [awaits(restarted.instance, cause, [idOf(restarted)])] : []),
  ];
  const why = missing.length > 0 ? `not done yet: ${missing.join(", ")}` : cause;
  const needed = [...answers, ...before.live, ...before.required];
  const prepared = list.add(stage, { kind: "prepare", service, missing, cause: why }, needed);
  const name = restarted ? { restarted: restarted.instance } : {};
  return [list.add(stage, { kind: "await-service", service, ...name, cause }, [prepared])];
}

/** One after the other, each with the clients of the services in front waiting, until the service works again. */
function planRestarts(
  list: StepList,
  own: ServiceChanges,
  { before, whole }: { readonly before: Before; readonly whole: readonly string[] | undefined },
): readonly string[] {
  const { service, restarts } = own;
  let end = whole ?? [];
  for (const [index, restart] of restarts.entries()) {
    const { instance, drains } = restart;
    const ready = [...before.ready(instance), ...end];
    const drained = drains.map((each) => {
      const drain = { kind: "drain", service: each, around: instance, cause: `${instance} restarts` } as const;
      return list.add("restarts", drain, [...ready, ...lastOf(before.released, each)]);
    });
    list.add("restarts", restart, [...ready, ...drained]);
    const cause = `${instance} is restarted`;
    const works =
      whole === undefined && index === 0
        ? wholeWait(list, own, { before, cause, restarted: restart })
        : awaitAgain(list, restart, before, cause);
    const released = drains.map((each) => {
      const release = { kind: "release", service: each, around: instance, cause: `${service} works again` } as const;
      const id = list.add("restarts", release, works);
      before.released.set(each, id);
      return id;
    });
    end = released.length > 0 ? released : works;
  }
  return end;
}

/** As `wholeWait`, without the one-time steps: they were taken in this plan already. */
function awaitAgain(list: StepList, restart: Restart, { required }: Before, cause: string): readonly string[] {
  const { service, instance } = restart;
  const answer = list.add("restarts", { kind: "await-instance", service, instance, cause }, [idOf(restart)]);
  const whole = { kind: "await-service", service, restarted: instance, cause } as const;
  return [list.add("restarts", whole, [answer, ...required])];
}

function lastOf(released: ReadonlyMap<string, string>, service: string): readonly string[] {
  const last = released.get(service);
  return last === undefined ? [] : [last];
}

const DONE = {
  "create-container": "created",
  "recreate-container": "made anew",
  "start-container": "started",
} as const;

function causeOf({ starts, unready, missing, silent }: ServiceChanges): string {
  const verbs = [...new Set(starts.map(({ kind }) => DONE[kind]))];
  if (verbs.length > 0) {
    return verbs
      .map((verb) =>
        come(
          starts.filter(({ kind }) => DONE[kind] === verb),
          verb,
        ),
      )
      .join(", ");
  }
  if (unready !== undefined) return `it does not work: ${firstLine(unready)}`;
  const [first] = silent;
  if (first) return `${first.instance} does not answer`;
  return `it lacks ${missing.length === 1 ? "a one-time step" : "one-time steps"}`;
}

function come(starts: readonly Start[], verb: string): string {
  const names = starts.map(({ instance }) => instance).join(", ");
  return `${names} ${starts.length === 1 ? "is" : "are"} ${verb}`;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
