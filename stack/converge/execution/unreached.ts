/** Finds out, during a wait, why servers that run are not reached. */
import type { DesiredInstance, DesiredService } from "../../core/desire/desire.ts";
import { PlumblineError } from "../../core/errors.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { elsewhere } from "../elsewhere.ts";
import { persistedOf, unreachable } from "../persisted.ts";
import type { Watch } from "./watch.ts";

/** A server that is not reached for so long may have been told another port, and is looked at, each time it has passed. */
const UNREACHED_MS = 1_000;

export interface Unreached {
  readonly engine: Pick<Engine, "exec" | "readFile">;
  readonly watch: Pick<Watch, "containers">;
  readonly service: DesiredService;
  readonly instances: readonly DesiredInstance[];
}

/**
 * Returns what is asked with the error of each failed attempt of one wait: it resolves what to reject with, the error
 * itself or a PlumblineError that says why no further attempt succeeds. What can pass is certain after two looks.
 */
export function whyUnreached({ engine, watch, service, instances }: Unreached): (error: unknown) => Promise<unknown> {
  let looksAt = performance.now() + UNREACHED_MS;
  let suspected: ReadonlySet<string> = new Set();
  let seen = new Set<string>();
  const look = async (instance: DesiredInstance): Promise<PlumblineError | undefined> => {
    const container = watch.containers.get(instance.name);
    const hidden = unreachable(service, instance, await persistedOf(engine, service, container));
    if (hidden) return hidden;
    const astray = await elsewhere(engine, service, instance, container);
    if (astray) seen.add(astray.what);
    return astray && suspected.has(astray.what) ? astray : undefined;
  };
  return async (error) => {
    if (error instanceof PlumblineError || performance.now() < looksAt) return error;
    looksAt = performance.now() + UNREACHED_MS;
    [suspected, seen] = [seen, new Set()];
    for (const instance of instances) {
      const found = await look(instance);
      if (found) return found;
    }
    return error;
  };
}
