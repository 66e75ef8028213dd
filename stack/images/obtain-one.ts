/** Tries the sources of one service in order until one gives its image. */
import { allowedSources } from "../core/service/image.ts";
import type {
  BuildSource,
  ImageOutcome,
  ImagePolicy,
  ObtainedImage,
  ImageSource,
  ImageSpec,
  RegistrySource,
} from "../core/service/image.ts";
import type { ImageStore } from "../core/machine/engine.ts";
import { isRegistryRefusal } from "../docker/refusal.ts";
import { buildFrom, sourceName } from "./build-source.ts";
import type { BuildTools } from "./build-source.ts";
import type { ImageLock } from "./lock.ts";
import { passes } from "./failure.ts";
import { findOtherEdition } from "./newer/other-edition.ts";
import type { EditionsCounted } from "./present.ts";
import { candidateOf, findPulled, obtained } from "./recipe.ts";
import {
  digestInReference,
  pinned,
  registryOf,
  registryReference,
  repositoryOf,
  withoutDigest,
  type RegistryPlace,
} from "../core/service/reference.ts";
import { otherDigest, otherUpstream, pullImage } from "./registry.ts";
import type { Ask } from "./registry.ts";

export interface SourcesInput extends BuildTools {
  readonly policy: ImagePolicy;
  readonly registryPlace: RegistryPlace;
  readonly store: ImageStore;
  readonly lock: ImageLock;
  readonly editions: EditionsCounted;
  readonly ask: Ask;
  /** Reports the current activity. */
  readonly detail: (line: string) => void;
  /** Tells the user, once per run, why the images come from another source than expected. */
  readonly noteOnce: (text: string) => void;
}

type Refused = Extract<ImageOutcome, { readonly ok: false }>;

const NO_SOURCE: Refused = {
  ok: false,
  reason: "no source is declared from which it can be built here",
  fix: "Use `--images auto`.",
};

/** Rejects with DISK_FULL, and when the signal fires. If no source gives the image, that is an outcome. */
export async function fromSources(service: string, spec: ImageSpec, input: SourcesInput): Promise<ImageOutcome> {
  const sources = allowedSources(spec, input.policy);
  const failures: string[] = [];
  let refused = NO_SOURCE;
  for (const [index, source] of sources.entries()) {
    const outcome =
      source.kind === "registry"
        ? await fromRegistry(source, input)
        : await fromBuild(service, source, failures, input);
    input.signal.throwIfAborted();
    if (outcome.ok) return outcome;
    if (source.kind !== "registry") failures.push(`${sourceName(source)}: ${outcome.reason}`);
    const next = sources[index + 1];
    if (source.kind === "registry" && next) input.noteOnce(`${outcome.reason}: ${insteadOf(next)}`);
    refused = outcome;
  }
  return failures.length > 0 ? { ...refused, reason: failures.join("; ") } : refused;
}

/**
 * Builds the image. While its packages cannot be had, the newest image of the same recipe and another edition serves: a
 * less preferred source may have another major version, and it would not be newer.
 */
async function fromBuild(
  service: string,
  source: BuildSource,
  failures: readonly string[],
  input: SourcesInput,
): Promise<ImageOutcome> {
  const outcome = await buildFrom(service, source, failures, input);
  if (outcome.ok || input.editions === "locked" || !passes(outcome.kind)) return outcome;
  const candidate = await candidateOf(source, input.services, input.editionOf);
  const image = findOtherEdition(await input.store.list(), service, candidate);
  if (image === undefined) return outcome;
  const { builtOn = "an unknown day" } = image;
  const edition = input.editionOf(source.suite);
  const instead = edition === undefined ? "" : `, not of the edition ${edition}`;
  const note = `built from the packages of ${builtOn}${instead}: ${outcome.reason}`;
  return { ok: true, image: { ...image, notes: [...image.notes, note] } };
}

function insteadOf(next: ImageSource): string {
  switch (next.kind) {
    case "registry":
      return `trying ${next.reference} instead`;
    case "packages":
      return "building from Debian's packages instead, which takes minutes";
    case "folder":
      return "building what it offers from pinned sources instead, which takes minutes";
  }
}

/** Docker Hub, the default registry, also refuses too many requests without a login. */
function refusal(reference: string, reason: string): Refused {
  const registry = registryOf(reference);
  const login = ["docker login", registry].filter((part) => part !== "").join(" ");
  return {
    ok: false,
    reason: `${registry === "" ? "Docker Hub" : `the registry ${registry}`} refuses ${reference} (${reason})`,
    fix: `Log in to it: \`${login}\`. Or use \`--images debian\`.`,
  };
}

async function fromRegistry(source: RegistrySource, input: SourcesInput): Promise<ImageOutcome> {
  const { signal, ask, registryPlace, lock } = input;
  const locked = lock.digestOf(source.reference);
  const { reference } = registryReference(pinned(source.reference, locked), registryPlace);
  const answer = await ask(reference, signal);
  switch (answer.kind) {
    case "unreachable": {
      const image = findPulled(await input.store.list(), source, registryPlace);
      if (image) return { ok: true, image: { ...image, notes: [...image.notes, otherThanLocked(image)] } };
      return {
        ok: false,
        reason: `no registry answers (${answer.reason})`, // the same for every image, so it is reported once
        fix: "Give the engine access to the registry (network, proxy, CA), name a mirror in PLUMBLINE_REGISTRY_MIRRORS, or use `--images debian`.",
      };
    }
    case "absent": {
      const other = await otherDigest(ask, reference, signal);
      return {
        ok: false,
        reason: `the registry does not give ${reference} (${other ?? answer.reason})`,
        fix:
          locked === undefined
            ? "See that the registry has this tag, or use `--images debian`."
            : "The lock file names this digest: `npm run images -- update` takes those of today. Or use `--images debian`.",
      };
    }
    case "refused":
      return refusal(reference, answer.reason);
    case "present":
      return pull(source, digestInReference(source.reference) ?? locked ?? answer.digest, input);
  }
}

function otherThanLocked({ reference }: ObtainedImage): string {
  return `no registry answers, so the image ${reference} of this engine is used, which is not the one of the lock file`;
}

/** Pulls by digest, and notes the digest of a tag that the lock file does not have. */
async function pull(source: RegistrySource, digest: string | undefined, input: SourcesInput): Promise<ImageOutcome> {
  const { store, signal, registryPlace, detail, lock, ask } = input;
  const { reference, version } = registryReference(pinned(source.reference, digest), registryPlace);
  const isNew = digestInReference(source.reference) === undefined && lock.digestOf(source.reference) === undefined;
  const learned = { tag: source.reference, asked: withoutDigest(reference), digest: digest ?? "" };
  const differs = isNew && digest !== undefined ? otherUpstream(ask, learned, signal) : Promise.resolve(undefined);
  differs.catch(() => undefined); // heard below
  detail(`pulling ${reference}`);
  const pulled = await pullImage(store, reference, detail, signal);
  if (pulled.ok) {
    if (digest !== undefined) {
      // An image pulled by digest has no name, and `docker image prune` removes what has none and is not in use.
      await store.tag(`${repositoryOf(reference)}@${digest}`, withoutDigest(reference));
      const problem = isNew ? ((await differs) ?? (await lock.note(source.reference, digest))) : undefined;
      if (problem !== undefined) {
        input.noteOnce(problem);
        // The next look has no digest either, and finds the image by its tag.
        return { ok: true, image: obtained(source, { reference: withoutDigest(reference), version, notes: [] }) };
      }
    }
    return { ok: true, image: obtained(source, { reference, version, notes: [] }) };
  }
  if (isRegistryRefusal(pulled.reason)) return refusal(reference, pulled.reason);
  return {
    ok: false,
    reason: `pulling ${reference} failed (${pulled.reason})`,
    fix: "Run again: complete layers are kept. Or use `--images debian`.",
  };
}
