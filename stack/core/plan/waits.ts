/** Plans the waits of a service: for its servers, for its one-time steps, and for the service as a whole. Pure. */
import type { ContainerAction, Start, Step } from "./action.ts";
import { idOf, StepList } from "./order.ts";
import type { DesiredService } from "../desire/desire.ts";

export type Restart = ContainerAction & { readonly kind: "restart-container" };

/** The planned changes of one service, and its observed state. */
export interface ServiceChanges {
  readonly service: string;
  readonly room: readonly ContainerAction[];
  readonly starts: readonly Start[];
  readonly restarts: readonly Restart[];
  readonly live: readonly ContainerAction[];
  readonly lower: readonly ContainerAction[];
  /** Running instances that did not answer, without those about to be started. */
  readonly silent: readonly { readonly instance: string; readonly reason: string }[];
  readonly unready: string | undefined;
  readonly missing: readonly string[];
}

export interface Before {
  /** Returns the ids of the steps that must precede any change to an instance. */
  readonly ready: (instance: string) => readonly string[];
  /** Ids of the steps after which the required services work; preparing this service waits for them. */
  readonly required: readonly string[];
  /** Ids of this service's live-setting steps: a wrong setting may be what keeps it from working. */
  readonly live: readonly string[];
  /** True if an instance of a required service is started or restarted. */
  readonly isDisturbed: boolean;
  /** The last release planned so far, by drained service: no service is drained twice at once. */
  readonly released: Map<string, string>;
}

/**
 * Adds the waits that a service needs, and its restarts with their waits. Returns the ids of the steps after which it
 * works; empty if the service is left alone.
 *
 * New servers, and then the service as a whole, are awaited before the first restart, so that only one of several
 * instances is away at a time.
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

/** Returns a wait for every service of a stack that another tool brings up, with its one-time steps. */
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
  /** The restart that the wait belongs to. */
  readonly restarted: Restart | undefined;
}

/** Adds waits for new or silent servers, then the one-time steps, then the wait for the whole service. */
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

/** Restarts one instance after the other. The clients of the services in front wait until the service works again. */
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

/** Like `wholeWait`, but without the one-time steps, which this plan already includes. */
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
