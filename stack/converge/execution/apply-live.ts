/** Applies settings to a running server. */
import type { ContainerAction } from "../../core/plan/action.ts";
import type { Desired } from "../../core/desire/desire.ts";
import { messageOf, PlumblineError } from "../../core/errors.ts";
import type { ObservedContainer } from "../../core/machine/facts.ts";
import { instanceOf, serviceOf } from "../../core/plan/lookup.ts";
import type { Setting } from "../../core/service/setting.ts";
import { withDeadline } from "../../host/deadline.ts";
import type { World } from "../observe.ts";
import { givenFix, refusedSettings } from "../exited.ts";
import { targetOf } from "../targets.ts";

/** Longer than what a service gives itself for it: Redis writes all data in another form within 150 s. */
export const LIVE_DEADLINE_MS = 180_000;

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
    throw error instanceof PlumblineError ? error : refused(action, service.settings, error);
  } finally {
    await connection.close();
  }
}

/** Names the settings of the profile that the server's words name, each with its place. */
function refused({ instance, service }: Live, settings: readonly Setting[], error: unknown): PlumblineError {
  const why = messageOf(error);
  const blamed = refusedSettings(why.split("\n"), settings);
  return new PlumblineError("NOT_CONVERGED", {
    what: `${instance} did not take its new settings`,
    why,
    ...(blamed.length > 0 ? { details: { settings: blamed.map(({ name }) => name) } } : {}),
    fix:
      blamed.length > 0
        ? givenFix(service, blamed)
        : `Correct what the profile says under \`settings\` of ${service}, or look at its log with \`npm run logs -- ${instance}\`, then run \`npm run up\` again`,
    cause: error,
  });
}
