/** Applies settings to a running server. */
import type { ContainerAction } from "../../core/plan/action.ts";
import type { Desired } from "../../core/desire/desire.ts";
import { messageOf, PlumblineError } from "../../core/errors.ts";
import type { ObservedContainer } from "../../core/machine/facts.ts";
import { instanceOf, serviceOf } from "../../core/plan/lookup.ts";
import { withDeadline } from "../../host/deadline.ts";
import type { World } from "../observe.ts";
import { targetOf } from "../targets.ts";

const LIVE_DEADLINE_MS = 60_000;

export interface LiveContext {
  readonly world: Pick<World, "engine" | "runtime" | "credentials">;
  readonly desired: Desired;
  readonly containers: ReadonlyMap<string, ObservedContainer>;
}

type Live = ContainerAction & { readonly kind: "apply-settings" };

/** Rejects with NOT_CONVERGED if the server refuses one of them; it then keeps its old values. */
export async function applyLive(action: Live, { world, desired, containers }: LiveContext): Promise<void> {
  const service = serviceOf(desired, action.service);
  const target = targetOf(instanceOf(desired, action), { ...world, containers });
  if (!target) throw new Error(`${action.instance} does not run`);
  const live = await service.definition.live();
  const connection = await live.connect(target);
  try {
    const changes = action.changes.map(({ name, to }) => ({ name, value: to }));
    await withDeadline(connection.apply(changes), LIVE_DEADLINE_MS, `${action.instance} did not take its settings`);
  } catch (error) {
    throw error instanceof PlumblineError ? error : refused(action, error);
  } finally {
    await connection.close();
  }
}

function refused({ instance, service }: Live, error: unknown): PlumblineError {
  return new PlumblineError("NOT_CONVERGED", {
    what: `${instance} did not take its new settings`,
    why: messageOf(error),
    fix: `Correct what the profile says under \`settings\` of ${service}, or look at its log with \`npm run logs -- ${instance}\`, then run \`npm run up\` again`,
    cause: error,
  });
}
