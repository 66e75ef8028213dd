/** What the services of a stack offer to collectors, such as metrics. */
import type { MetricsEndpoint, Offers } from "../service/want.ts";
import type { Desired, DesiredService } from "./desire.ts";

export interface OfferedMetrics extends MetricsEndpoint {
  readonly service: string;
  /** Name of the instance inside the stack's network. */
  readonly host: string;
}

/** Returns every offer of the services that run, in the profile's order. */
export function offersOf({ services }: Pick<Desired, "services">): { readonly metrics: readonly OfferedMetrics[] } {
  return {
    metrics: services.flatMap((service) =>
      (offersOfOne(service).metrics ?? []).map((endpoint) => ({
        ...endpoint,
        service: service.name,
        host: endpoint.instance,
      })),
    ),
  };
}

/** All instances of a service have the same neighbours. */
function offersOfOne({ definition: { offers }, instances: [instance] }: DesiredService): Offers {
  return typeof offers === "function" ? offers(instance?.neighbours ?? {}) : offers;
}
