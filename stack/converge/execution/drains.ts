/** Drains services while a server behind them restarts, and releases every service that was drained. */
import type { Desired } from "../../core/desire/desire.ts";
import { messageOf } from "../../core/errors.ts";
import type { ObservedContainer } from "../../core/machine/facts.ts";
import { serviceOf } from "../../core/plan/lookup.ts";
import type { Drain } from "../../core/service/drain.ts";
import { withDeadline } from "../../host/deadline.ts";
import type { World } from "../observe.ts";
import { targetsOf } from "../targets.ts";

/** Running transactions may finish within this time. If one takes longer, neither it nor the server is touched. */
const DRAIN_DEADLINE_MS = 15_000;
const RELEASE_DEADLINE_MS = 15_000;

export interface DrainInput {
  readonly world: Pick<World, "engine" | "runtime" | "credentials">;
  readonly desired: Desired;
  readonly containers: ReadonlyMap<string, ObservedContainer>;
}

export class Drains {
  private readonly input: DrainInput;
  private readonly open = new Map<string, Promise<Drain>>();

  constructor(input: DrainInput) {
    this.input = input;
  }

  /**
   * Resolves when no query of the service's clients is running. Rejects, with clients served as before, if it cannot
   * drain.
   */
  async drain(name: string): Promise<void> {
    const draining = this.begin(name);
    this.open.set(name, draining);
    try {
      await draining;
    } catch (error) {
      this.open.delete(name);
      throw error;
    }
  }

  async release(name: string): Promise<void> {
    const drain = await this.open.get(name);
    if (!drain) throw new Error(`${name} is not drained`);
    await withDeadline(drain.release(), RELEASE_DEADLINE_MS, `${name} did not let its clients go on`);
    this.open.delete(name);
  }

  /**
   * Releases every drained service, whatever fails, including those still being drained: draining cannot be cancelled,
   * but has its own deadline. Resolves the services that could not be released, with the reason.
   */
  async releaseAll(): Promise<readonly string[]> {
    const left = [...this.open];
    const outcomes = await Promise.allSettled(left.map(([name]) => this.release(name)));
    return outcomes.flatMap((outcome, index) =>
      outcome.status === "rejected" ? [`${left[index]?.[0]}: ${messageOf(outcome.reason)}`] : [],
    );
  }

  private async begin(name: string): Promise<Drain> {
    const { world, desired, containers } = this.input;
    const service = serviceOf(desired, name);
    const targets = targetsOf(service, { ...world, containers });
    const live = await service.definition.live();
    if (!targets || !live.drain) throw new Error(`${name} cannot make its clients wait`);
    return live.drain(targets, DRAIN_DEADLINE_MS);
  }
}
