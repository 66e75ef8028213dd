/** Data that a server holds in memory and that would not fit what a plan makes of it. Pure. */
import { selectedServices, type Desired } from "../desire/desire.ts";
import { PlumblineError } from "../errors.ts";
import type { Misfit } from "../service/data-version.ts";
import { isStart, type Action } from "./action.ts";
import type { Observed } from "./observed.ts";

/** Returns NOT_CONVERGED, for a caller that has changed nothing yet; undefined if all data fit as far as is known. */
export function misfitError(
  desired: Desired,
  { held, effective }: Pick<Observed, "held" | "effective">,
  actions: readonly Action[],
): PlumblineError | undefined {
  const anew = new Map(
    actions.flatMap((action): (readonly [string, boolean])[] => {
      if (isStart(action) || action.kind === "restart-container") return [[action.instance, true]];
      return action.kind === "apply-settings" ? [[action.instance, false]] : [];
    }),
  );
  const misfits = selectedServices(desired).flatMap(({ definition, settings, share, instances }) => {
    const wanted = new Map(settings.map(({ name, value }) => [name, value]));
    return instances.flatMap(({ name: instance }): (Misfit & { readonly instance: string })[] => {
      const [bytesHeld, values, isNew] = [held?.get(instance), effective.get(instance), anew.get(instance)];
      if (bytesHeld === undefined || values === undefined || isNew === undefined) return [];
      const input = { held: bytesHeld, effective: values, wanted, memory: share.memory, isNew };
      const found = definition.data?.misfit?.(input);
      return found ? [{ ...found, instance }] : [];
    });
  });
  const [first] = misfits;
  if (first === undefined) return undefined;
  return new PlumblineError("NOT_CONVERGED", {
    what: first.what,
    why: misfits.map(({ instance, why }) => `${instance}: ${why}`).join("\n"),
    fix: first.fix,
    details: { instances: misfits.map(({ instance }) => instance) },
  });
}
