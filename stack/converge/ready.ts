/** Asks services whether they work, once, and changes nothing. */
import type { DesiredService } from "../core/desire/desire.ts";
import { messageOf } from "../core/errors.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import { withDeadline } from "../host/deadline.ts";
import type { World } from "./observe.ts";
import { byInstance, targetsOf } from "./targets.ts";

const READY_DEADLINE_MS = 15_000;

/** Why each service that does not work does not; the others are absent. All are asked side by side. */
export async function notReady(
  world: World,
  services: readonly DesiredService[],
  observed: readonly ObservedContainer[],
): Promise<ReadonlyMap<string, string>> {
  const containers = byInstance(observed);
  const reasons = new Map<string, string>();
  await Promise.all(
    services.map(async (service) => {
      const targets = targetsOf(service, { ...world, containers });
      if (!targets) {
        const down = service.instances.filter(({ name }) => containers.get(name)?.state !== "running");
        const names = down.map(({ name }) => name);
        reasons.set(service.name, `${names.join(", ") || service.name} ${names.length > 1 ? "do" : "does"} not run`);
        return;
      }
      const without = requiredDown(service, services, containers);
      if (without !== undefined) {
        reasons.set(service.name, `it needs ${without}, which does not run`);
        return;
      }
      try {
        const live = await service.definition.live();
        await withDeadline(live.ready(targets), READY_DEADLINE_MS, "no answer");
      } catch (error) {
        reasons.set(service.name, messageOf(error));
      }
    }),
  );
  return reasons;
}

/** A service without what it requires would be asked until the deadline. */
function requiredDown(
  { requires }: DesiredService,
  services: readonly DesiredService[],
  containers: ReadonlyMap<string, ObservedContainer>,
): string | undefined {
  const required = services.filter(({ name }) => requires.includes(name));
  return required.find(({ instances }) => !instances.every((each) => containers.get(each.name)?.state === "running"))
    ?.name;
}
