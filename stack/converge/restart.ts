/** Restarts of one container at a time, behind services that make their clients wait meanwhile. */
import type { ContainerAction } from "../core/plan/action.ts";
import type { Desired } from "../core/desire/desire.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import type { Report } from "../core/progress.ts";
import type { Interruption } from "../core/results/commands/up.ts";
import type { Hold } from "../core/service/service.ts";
import { containerOf, instanceOf, serviceOf } from "../core/plan/lookup.ts";
import type { World } from "./observe.ts";
import { waitUntilReady } from "./readiness.ts";
import { byInstance, targetsOf } from "./targets.ts";

/** Transactions that run may end; one that takes longer is left alone, and so is the server. */
const HOLD_DEADLINE_MS = 15_000;

export type Restart = ContainerAction & { readonly kind: "restart-container" };

export interface RestartInput {
  readonly world: World;
  readonly desired: Desired;
  readonly containers: readonly ObservedContainer[];
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Restarts the container of `action` and waits until its service works again as a whole, so that of several instances
 * one is away at a time. Rejects before anything is restarted where clients cannot be held.
 */
export async function restartHeld(action: Restart, input: RestartInput): Promise<Interruption> {
  const { world, desired, containers } = input;
  const service = serviceOf(desired, action.service);
  const instance = instanceOf(desired, action);
  const container = containerOf(action, byInstance(containers));
  const startedAt = performance.now();
  const holds = await holdAll(action.holds, input);
  try {
    await world.engine.restart(container.id, instance.container.stopGraceSeconds);
    await waitUntilReady({
      ...input,
      desired: { ...desired, services: [service] },
      before: containers,
      starting: new Set([action.instance]),
      started: Promise.resolve(),
    });
  } finally {
    await releaseAll(holds);
  }
  return {
    instance: action.instance,
    durationMs: Math.round(performance.now() - startedAt),
    held: action.holds,
  };
}

/** All or none. */
async function holdAll(names: readonly string[], input: RestartInput): Promise<readonly Hold[]> {
  const holds: Hold[] = [];
  try {
    for (const name of names) {
      const service = serviceOf(input.desired, name);
      const targets = targetsOf(service, { ...input.world, containers: byInstance(input.containers) });
      const live = await service.definition.live();
      if (!targets || !live.hold) throw new Error(`${name} cannot hold its clients`);
      holds.push(await live.hold(targets, HOLD_DEADLINE_MS));
    }
    return holds;
  } catch (error) {
    await releaseAll(holds);
    throw error;
  }
}

/** Every one is tried, whatever another says. */
async function releaseAll(holds: readonly Hold[]): Promise<void> {
  const outcomes = await Promise.allSettled(holds.map((hold) => hold.release()));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}
