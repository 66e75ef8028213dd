/** Asks services once whether they work and what they lack. Changes nothing. */
import type { DesiredService } from "../core/desire/desire.ts";
import { messageOf } from "../core/errors.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { CredentialStore } from "../core/service/credential.ts";
import type { LacksInput, LiveService, Target } from "../core/service/service.ts";
import { withDeadline } from "../host/deadline.ts";
import { lacksInput } from "./prepare-input.ts";
import { byInstance, targetsOf, type Reach } from "./targets.ts";

/** A working service answers within milliseconds; with a busy disk, within seconds. */
const ANSWER_DEADLINE_MS = 15_000;
/** A service without its one-time steps may not answer at all. A plan waits for it after they are done. */
const UNPREPARED_DEADLINE_MS = 1_000;

export interface Answers {
  /** Why a service does not work, by service; working services are absent. */
  readonly unready: ReadonlyMap<string, string>;
  /** The one-time steps that a service lacks; absent if nothing is missing. */
  readonly missing: ReadonlyMap<string, readonly string[]>;
}

/** Asks all services concurrently. If a service or one that it requires does not run, that is its reason. */
export async function askServices(
  world: Pick<Reach, "engine" | "runtime" | "session"> & { readonly credentials: CredentialStore },
  services: readonly DesiredService[],
  observed: readonly ObservedContainer[],
): Promise<Answers> {
  const containers = byInstance(observed);
  const unready = new Map<string, string>();
  const missing = new Map<string, readonly string[]>();
  await Promise.all(
    services.map(async (service) => {
      const targets = targetsOf(service, { ...world, containers });
      const obstacle = targets ? requiredDown(service, services, containers) : downReason(service, containers);
      if (!targets || obstacle !== undefined) {
        unready.set(service.name, obstacle ?? "it does not run");
        return;
      }
      const { lacks, reason } = await ask(service, targets, lacksInput(service, world.credentials));
      if (reason !== undefined) unready.set(service.name, reason);
      if (lacks.length > 0) missing.set(service.name, lacks);
    }),
  );
  return { unready, missing };
}

async function ask(service: DesiredService, targets: readonly Target[], input: LacksInput) {
  const lacks: string[] = [];
  try {
    const live = await service.definition.live();
    const works = live.ready(targets);
    works.catch(() => undefined); // is awaited below, after what is missing
    lacks.push(...(await lacksOf(live, targets, input)));
    await withDeadline(works, lacks.length > 0 ? UNPREPARED_DEADLINE_MS : ANSWER_DEADLINE_MS, "no answer");
    return { lacks, reason: undefined };
  } catch (error) {
    return { lacks, reason: messageOf(error) };
  }
}

async function lacksOf(live: LiveService, targets: readonly Target[], input: LacksInput): Promise<readonly string[]> {
  return withDeadline(live.lacks(targets, input), ANSWER_DEADLINE_MS, "it did not say which one-time steps it lacks");
}

function downReason({ name, instances }: DesiredService, containers: ReadonlyMap<string, ObservedContainer>): string {
  const down = instances.filter((each) => containers.get(each.name)?.state !== "running");
  const names = down.map((each) => each.name);
  return `${names.join(", ") || name} ${names.length > 1 ? "do" : "does"} not run`;
}

/** A service whose required service is down would be asked until the deadline. */
function requiredDown(
  { requires }: DesiredService,
  services: readonly DesiredService[],
  containers: ReadonlyMap<string, ObservedContainer>,
): string | undefined {
  const required = services.filter(({ name }) => requires.includes(name));
  const down = required.find(
    ({ instances }) => !instances.every((each) => containers.get(each.name)?.state === "running"),
  );
  return down && `it needs ${down.name}, which does not run`;
}
