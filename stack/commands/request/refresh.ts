/** `--refresh`: images of today's packages, and what the tags of registries are now. */
import { editionText } from "../../core/edition.ts";
import { PlumblineError } from "../../core/errors.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { allowedSources } from "../../core/service/image.ts";
import type { EditionOf, ImageOutcome, ImagePolicy, ImageSpec } from "../../core/service/image.ts";
import type { Host } from "../../host/host.ts";
import { openLock, type ImageLock } from "../../images/lock.ts";
import { dayOf } from "../../images/newer/age.ts";
import { decideEditions, editionsOf, renewEditions } from "../../images/newer/editions.ts";
import { renewLock, type Renewed } from "../../images/newer/survey.ts";
import { registryPlaceOf } from "../../images/obtain.ts";
import { findPresentSources, type EditionsCounted } from "../../images/present.ts";
import { SERVICES_FOLDER } from "../../images/recipe.ts";
import type { UpControls } from "./up-options.ts";

interface RefreshInput extends Pick<UpControls, "report" | "signal"> {
  readonly engine: Pick<Engine, "images">;
  readonly host: Host;
  readonly policy: ImagePolicy;
}

/**
 * Returns a function that obtains images by the digests that the tags have now, and notes each once its image was
 * pulled; the others keep theirs, and their images. Where images may also be built, a registry that cannot be asked is a
 * warning. Rejects with IMAGE_UNAVAILABLE where they may not.
 */
export async function renewDigests(
  specs: ReadonlyMap<string, ImageSpec>,
  obtain: Obtain,
  { engine, host, policy, report, signal }: RefreshInput,
): Promise<Obtain> {
  const lock = await openLock(host.env);
  const allowed = new Map([...specs].map(([name, spec]) => [name, { sources: allowedSources(spec, policy) }]));
  const input = { store: engine.images, registryPlace: registryPlaceOf(host), signal };
  const { renewed, failures } = await renewLock(allowed, { ...input, lock: { ...lock, note: async () => undefined } });
  if (failures.length > 0 && policy === "registry") {
    throw new PlumblineError("IMAGE_UNAVAILABLE", {
      what: `${failures.length} digests of images could not be renewed`,
      why: failures.join("\n"),
      fix: "Give the engine access to the registry, then run again; without `--refresh` the images of the lock file are used.",
    });
  }
  for (const failure of failures) report({ kind: "warning", text: `not renewed: ${failure}` });
  let left = renewed;
  return async (given) => {
    const outcomes = await obtain({ ...given, digestOf: digestsOf(left, lock) });
    const lost = left.filter((each) => !isPulled(each, outcomes));
    left = left.filter((each) => !lost.includes(each));
    const unwritten = new Map<Renewed, string>();
    for (const each of left.filter(({ tag, to }) => lock.digestOf(tag) !== to)) {
      const problem = await lock.note(each.tag, each.to);
      if (problem !== undefined) unwritten.set(each, problem);
      else report({ kind: "note", text: `${each.tag}: ${each.from ?? "no digest"} → ${each.to}` });
    }
    warnUnwritten([...unwritten.values()], report);
    left = left.filter((each) => !unwritten.has(each));
    for (const { service, tag, to } of lost) {
      const outcome = outcomes.get(service);
      const why = outcome?.ok === false ? outcome.reason : "another source gave the image";
      report({ kind: "warning", text: `the digest of ${tag} stays as it is: ${to} was not pulled: ${why}` });
    }
    // What the lock file names is mostly in the engine: what ran before runs again, and the next `up` finds it.
    if (unwritten.size === 0 && lost.every(({ from }) => from === undefined)) return outcomes;
    return obtain({ ...given, digestOf: digestsOf(left, lock) });
  };
}

function digestsOf(renewed: readonly Renewed[], lock: ImageLock): ImageLock["digestOf"] {
  const now = new Map(renewed.map(({ tag, to }) => [tag, to]));
  return (reference) => now.get(reference) ?? lock.digestOf(reference);
}

function isPulled({ service, to }: Renewed, outcomes: ReadonlyMap<string, ImageOutcome>): boolean {
  const outcome = outcomes.get(service);
  return outcome?.ok === true && outcome.image.reference.endsWith(`@${to}`);
}

/** What helps against a lock file that cannot be written. */
export const UNWRITTEN_FIX = "Make the file and its folder writable, or name another in PLUMBLINE_IMAGES_LOCK.";

function warnUnwritten(problems: readonly string[], report: RefreshInput["report"]): void {
  for (const problem of new Set(problems)) report({ kind: "warning", text: `${problem}. ${UNWRITTEN_FIX}` });
}

export type Obtain = (given: {
  readonly editionOf?: EditionOf;
  readonly editions?: EditionsCounted;
  readonly digestOf?: ImageLock["digestOf"];
}) => Promise<ReadonlyMap<string, ImageOutcome>>;

/**
 * Obtains images of today's editions. Suites of which an image cannot be had keep their edition, and their images: what
 * ran before must run again, also with the next `up`. Resolves what was obtained, and a function that notes the editions.
 */
export async function obtainRenewed(
  specs: ReadonlyMap<string, ImageSpec>,
  obtain: Obtain,
  { engine, host, policy, report, signal }: RefreshInput,
): Promise<{
  readonly outcomes: ReadonlyMap<string, ImageOutcome>;
  readonly noteEditions: () => Promise<void>;
}> {
  const lock = await openLock(host.env);
  const place = {
    store: engine.images,
    policy,
    services: SERVICES_FOLDER,
    registryPlace: registryPlaceOf(host),
    signal,
  };
  const before = await findPresentSources(specs, { ...place, lock, editions: "any" });
  const today = dayOf(new Date());
  const editionOf = editionsOf(today);
  const outcomes = await obtain({ editionOf, editions: "locked" });
  // The digests of what was pulled have been noted since.
  const noted = { ...(await openLock(host.env)), editionOf };
  const after = await findPresentSources(specs, { ...place, lock: noted, editions: "locked" });
  const { suites, lost } = decideEditions({ before, after, specs });
  for (const [service, held] of lost) {
    const outcome = outcomes.get(service);
    const why = outcome?.ok === false ? outcome.reason : "only a source that comes after its own gives it";
    const names = held.map((suite) => `Debian ${suite} (${lock.editionOf(suite) ?? "none"})`).join(" and ");
    report({
      kind: "warning",
      text: `the edition stays as it is for ${names}: the image of ${service} cannot be renewed: ${why}`,
    });
  }
  const noteEditions = async () => {
    const { editions, notes, unwritten } = await renewEditions(suites, lock, today);
    for (const edition of editions) report({ kind: "note", text: editionText(edition) });
    for (const text of notes) report({ kind: "note", text });
    warnUnwritten(unwritten, report);
  };
  if (lost.size === 0) return { outcomes, noteEditions };
  const mixed: EditionOf = (suite) => (suites.has(suite) ? today : lock.editionOf(suite));
  return { outcomes: await obtain({ editionOf: mixed }), noteEditions };
}
