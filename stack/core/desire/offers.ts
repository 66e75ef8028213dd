/** What the services of a stack offer to whoever collects it. */
import type { MetricsEndpoint } from "../service/service.ts";
import type { Desired } from "./desire.ts";

export interface OfferedMetrics extends MetricsEndpoint {
  readonly service: string;
  /** Name of the instance inside the stack's network. */
  readonly host: string;
}

/** Every offer of the services that run, in the profile's order. */
export function offersOf({ services }: Pick<Desired, "services">): { readonly metrics: readonly OfferedMetrics[] } {
  return {
    metrics: services.flatMap(({ name, definition }) =>
      (definition.offers.metrics ?? []).map((endpoint) => ({ ...endpoint, service: name, host: endpoint.instance })),
    ),
  };
}
