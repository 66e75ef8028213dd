import { expect, test } from "vitest";
import { z } from "zod";
import { offersOf } from "../../../stack/core/desire/offers.ts";
import { mib } from "../../../stack/core/units.ts";
import { defineService } from "../../../stack/services/kit/define.ts";
import { registry } from "../../../stack/services/index.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";

/** Looks at every node of its neighbour through one endpoint. */
const looker = defineService({
  name: "looker",
  title: "A looker",
  options: z.strictObject({}),
  configure: () => ({
    instances: ["looker"],
    wants: [{ from: "redis", grant: "monitor", as: "look" }],
    credentials: [{ name: "look", user: "looker" }],
    offers: ({ redis }) => ({
      metrics: (redis?.instances ?? []).map(({ host }) => ({
        instance: "looker",
        port: 1,
        path: `/of?target=${host}`,
      })),
    }),
    image: { sources: [{ kind: "registry", reference: "looker:1" }] },
    needs: () => ({ floor: mib(16), ideal: mib(16), weight: 1, cpus: 1 }),
    container: () => ({ environment: {}, volumes: {}, secrets: [], stopGraceSeconds: 1 }),
    live: async () => ({
      connect: async () => ({ version: async () => "1", close: async () => undefined }),
      ready: async () => undefined,
    }),
  }),
});

test.for([1, 3])("an offer that follows a neighbour must have one endpoint for each of its %i instances", (nodes) => {
  const profile = profileOf({ services: { redis: { nodes }, looker: {} } });
  const { metrics } = offersOf(desiredOf(profile, { registry: new Map([...registry, [looker.name, looker]]) }));
  const paths = Array.from({ length: nodes }, (_, index) => `/of?target=redis-${index + 1}`);
  expect(metrics.map(({ path }) => path)).toEqual(paths);
  expect(metrics[0]).toEqual({ service: "looker", host: "looker", instance: "looker", port: 1, path: paths[0] });
});
