/** New editions of Debian for the images that are built here, and new digests for those of registries. */
import type { RenewedEdition } from "../../core/edition.ts";
import {
  SUITES,
  allowedSources,
  type EditionOf,
  type ImageSource,
  type ImageSpec,
  type Suite,
} from "../../core/service/image.ts";
import type { ImageLock } from "../lock.ts";
import { findPresentSources, sourceInUse, type PresentImage } from "../present.ts";
import { suitesOf } from "../recipe.ts";
import { dayOf } from "./age.ts";
import { renewLock, type RenewedDigests, type SurveyInput } from "./survey.ts";

export type RenewInput = Pick<SurveyInput, "store" | "registryPlace" | "lock" | "signal" | "policy" | "services">;

interface RenewedEditions {
  readonly editions: readonly RenewedEdition[];
  /** What a reader must know: an edition of today that is noted already, one of the future that was replaced. */
  readonly notes: readonly string[];
  /** Why the lock file could not be written. */
  readonly unwritten: readonly string[];
}

export type RenewedAll = RenewedEditions & RenewedDigests;

/** Services by the suites that their images are built from. */
type SuitesInUse = ReadonlyMap<Suite, readonly string[]>;

/**
 * Notes today as the edition of the suites that the images of the services in `names` are built from, and the digests
 * that the tags of registries have now. `specs`: all services of the profile. Editions come first: they need no network.
 */
export async function renewImages(
  specs: ReadonlyMap<string, ImageSpec>,
  names: readonly string[],
  input: RenewInput,
): Promise<RenewedAll> {
  const present = await findPresentSources(specs, { ...input, editions: "any" });
  const all = suitesInUse(
    [...specs].map(([service, spec]) => [service, sourceInUse(spec, present.get(service), input.policy)]),
  );
  const concerned = new Map([...all].filter(([, services]) => services.some((service) => names.includes(service))));
  const renewed = await renewEditions(concerned, input.lock, dayOf(new Date()));
  const allowed = new Map(
    [...specs].flatMap(([service, spec]) =>
      names.includes(service) ? [[service, { sources: allowedSources(spec, input.policy) }] as const] : [],
    ),
  );
  const digests = await renewLock(allowed, input);
  return { ...renewed, ...digests, unwritten: [...renewed.unwritten, ...digests.unwritten] };
}

/** Sources from registries use none. */
function suitesInUse(sources: Iterable<readonly [service: string, ImageSource | undefined]>): SuitesInUse {
  const found = new Map<Suite, string[]>();
  for (const [service, source] of sources) {
    if (source === undefined || source.kind === "registry") continue;
    for (const suite of new Set(suitesOf(source))) found.set(suite, [...(found.get(suite) ?? []), service]);
  }
  return found;
}

/**
 * Notes `today`, "2026-11-30", as the edition of these suites. One that is later, of another clock or of a slip, would
 * keep all newer ones back: it is replaced, with a note.
 */
export async function renewEditions(
  suites: SuitesInUse,
  lock: Pick<ImageLock, "editionOf" | "noteEdition">,
  today: string,
): Promise<RenewedEditions> {
  const editions: RenewedEdition[] = [];
  const notes: string[] = [];
  const unwritten: string[] = [];
  for (const [suite, services] of suites) {
    const from = lock.editionOf(suite);
    if (from === today) {
      notes.push(`the edition of today is noted already for Debian ${suite}`);
      continue;
    }
    const problem = await lock.noteEdition(suite, today);
    if (problem !== undefined) {
      unwritten.push(problem);
      continue;
    }
    editions.push({ suite, ...(from === undefined ? {} : { from }), to: today, services });
    if (from !== undefined && from > today) {
      notes.push(`the edition of Debian ${suite} was ${from}, which is later than today: it is replaced`);
    }
  }
  return { editions, notes, unwritten };
}

/** Returns editions of which all are `today`: images are built of them before they are noted. */
export function editionsOf(today: string): EditionOf {
  return (suite) => (SUITES.includes(suite) ? today : undefined);
}

interface Compared {
  /** The images before, of any edition, and those of today's editions, by service. */
  readonly before: ReadonlyMap<string, PresentImage>;
  readonly after: ReadonlyMap<string, PresentImage>;
  readonly specs: ReadonlyMap<string, ImageSpec>;
}

interface Decided {
  /** Suites whose images are all there of today's edition. */
  readonly suites: SuitesInUse;
  /** Services that would lose their image with today's edition: it could not be built, or only from a source that comes after. */
  readonly lost: ReadonlyMap<string, readonly Suite[]>;
}

/**
 * Decides which suites get today's edition: those in use for which no image would be lost. An image that needs two
 * suites needs both editions, so that one which is kept back keeps back the other.
 */
export function decideEditions({ before, after, specs }: Compared): Decided {
  const lost = new Map<string, readonly Suite[]>();
  const held = new Set<Suite>();
  for (const [service, { source }] of before) {
    if (source.kind === "registry") continue;
    const sources = specs.get(service)?.sources ?? [];
    const now = after.get(service)?.source;
    if (now !== undefined && (now.kind === "registry" || sources.indexOf(now) <= sources.indexOf(source))) continue;
    lost.set(service, suitesOf(source));
    for (const suite of suitesOf(source)) held.add(suite);
  }
  const built = [...after.values()].flatMap(({ source }) => (source.kind === "registry" ? [] : [suitesOf(source)]));
  for (let size = -1; size !== held.size;) {
    size = held.size;
    for (const suites of built) if (suites.some((suite) => held.has(suite))) suites.forEach((suite) => held.add(suite));
  }
  const all = suitesInUse([...after].map(([service, { source }]) => [service, source]));
  return { suites: new Map([...all].filter(([suite]) => !held.has(suite))), lost };
}
