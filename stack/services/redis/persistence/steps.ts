/** Completes what a change of the form of the data, or a person, has left incomplete. */
import { z } from "zod";
import type { Target } from "../../../core/service/service.ts";
import type { Step } from "../../kit/steps.ts";
import { withNode } from "../client.ts";
import { CHANGE_DEADLINE_MS, settle, storeOf, unsettled } from "./switch.ts";

const Pair = z.tuple([z.string(), z.string()]);

/** Resolves a step for each node that keeps its data in another form than its mark says. The signal ends a step. */
export async function unsettledSteps(targets: readonly Target[], signal?: AbortSignal): Promise<readonly Step[]> {
  const steps = targets.map((target) =>
    withNode(target, async (client): Promise<readonly Step[]> => {
      const store = storeOf(target, client);
      const [, appendonly] = Pair.parse(await client.call("CONFIG", ["GET", "appendonly"]));
      const form = await unsettled(store, appendonly);
      if (form === undefined) return [];
      const what = `${form === "log" ? "append-only log" : "snapshot"} of ${target.instance}`;
      return [
        {
          lacks: `complete the ${what}`,
          done: `completed the ${what}`,
          take: () =>
            withNode(target, (again) => {
              const limit = { end: performance.now() + CHANGE_DEADLINE_MS, ...(signal ? { signal } : {}) };
              return settle(storeOf(target, again), form, limit);
            }),
        },
      ];
    }),
  );
  return (await Promise.all(steps)).flat();
}
