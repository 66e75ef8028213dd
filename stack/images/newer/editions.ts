/** New editions of Debian for the images that are built here, and new digests for those of registries. */
import type { RenewedEdition } from "../../core/edition.ts";
import { allowedSources, type ImagePolicy, type ImageSpec, type Suite } from "../../core/service/image.ts";
import type { ImageLock } from "../lock.ts";
import { dayOf } from "./age.ts";
import { renewLock, type Renewed, type SurveyInput } from "./survey.ts";

export interface RenewInput extends Pick<SurveyInput, "store" | "registryPlace" | "lock" | "signal"> {
  readonly policy: ImagePolicy;
}

export interface RenewedAll {
  readonly editions: readonly RenewedEdition[];
  readonly renewed: readonly Renewed[];
  /** Why the rest could not be renewed. */
  readonly failures: readonly string[];
}

/**
 * Notes today as the edition of each suite that the policy lets these services be built from, and the digests that the
 * tags of registries have now. Editions come first: they need no network.
 */
export async function renewImages(specs: ReadonlyMap<string, ImageSpec>, input: RenewInput): Promise<RenewedAll> {
  const { editions, failures } = await renewEditions(specs, input.policy, input.lock, dayOf(new Date()));
  const allowed = new Map(
    [...specs].map(([service, spec]) => [service, { sources: allowedSources(spec, input.policy) }] as const),
  );
  const digests = await renewLock(allowed, input);
  return { editions, renewed: digests.renewed, failures: [...failures, ...digests.failures] };
}

/** Notes the edition of the suites that are older than `today`, "2026-11-30". A later one, of another clock, stays. */
export async function renewEditions(
  specs: ReadonlyMap<string, ImageSpec>,
  policy: ImagePolicy,
  lock: Pick<ImageLock, "editionOf" | "noteEdition">,
  today: string,
): Promise<Pick<RenewedAll, "editions" | "failures">> {
  const editions: RenewedEdition[] = [];
  const failures: string[] = [];
  for (const [suite, services] of suitesOf(specs, policy)) {
    const from = lock.editionOf(suite);
    if (from !== undefined && from >= today) continue;
    const problem = await lock.noteEdition(suite, today);
    if (problem === undefined) editions.push({ suite, ...(from === undefined ? {} : { from }), to: today, services });
    else failures.push(problem);
  }
  return { editions, failures };
}

function suitesOf(specs: ReadonlyMap<string, ImageSpec>, policy: ImagePolicy): ReadonlyMap<Suite, readonly string[]> {
  const found = new Map<Suite, string[]>();
  for (const [service, spec] of specs) {
    const suites = allowedSources(spec, policy).flatMap((source) => {
      if (source.kind === "registry") return [];
      return source.kind === "folder" && source.tools !== undefined ? [source.suite, source.tools] : [source.suite];
    });
    for (const suite of new Set(suites)) found.set(suite, [...(found.get(suite) ?? []), service]);
  }
  return found;
}
