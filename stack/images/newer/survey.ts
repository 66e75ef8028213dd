/** What the engine has of each service's image, what the lock file names, and what registries and indexes have now. */
import { sourceText } from "../../core/service/image.ts";
import type {
  ImagePolicy,
  ImageSource,
  ImageSpec,
  ObtainedImage,
  RegistrySource,
  Suite,
} from "../../core/service/image.ts";
import {
  digestInReference,
  registryOf,
  registryReference,
  tagOfVersion,
  withoutDigest,
  type RegistryPlace,
} from "../../core/service/reference.ts";
import { ageNote } from "./age.ts";
import { newerTag } from "./newer-tag.ts";
import type { ImageStore, RegistryAnswer } from "../../core/machine/engine.ts";
import type { ImageRow } from "../../core/results/commands/images.ts";
import type { CredentialsOf } from "../../host/registry-credentials.ts";
import { findPresentSources, sourceInUse } from "../present.ts";
import type { ImageLock } from "../lock.ts";
import { otherUpstream, registryProbe } from "../registry.ts";
import type { PackageVersions } from "./package-versions.ts";
import { registryTags } from "./registry-tags.ts";

export interface SurveyInput {
  readonly store: Pick<ImageStore, "list" | "ask">;
  readonly policy: ImagePolicy;
  readonly services: string;
  readonly registryPlace: RegistryPlace;
  readonly lock: ImageLock;
  readonly credentialsOf: CredentialsOf;
  readonly packageVersions: (suite: Suite, packages: readonly string[]) => Promise<PackageVersions>;
  readonly signal: AbortSignal;
}

/** Resolves a row for each service. Rejects only when the signal fires, or if the engine does not answer. */
export async function surveyImages(
  specs: ReadonlyMap<string, ImageSpec>,
  input: SurveyInput,
): Promise<readonly ImageRow[]> {
  const present = await findPresentSources(specs, { ...input, editions: "any" });
  const ask = registryProbe(input.store);
  const used = [...specs].map(([service, spec]) => {
    const found = present.get(service);
    return { service, found, source: sourceInUse(spec, found, input.policy) };
  });
  const indexes = await indexesOf(
    used.flatMap(({ source }) => source ?? []),
    input,
  );
  return Promise.all(
    used.map(async ({ service, found: present, source }): Promise<ImageRow> => {
      const image = present?.image;
      if (source === undefined) return { service, source: "no source", behind: [] };
      const row = { service, source: sourceText(source), ...partsOf(image) };
      if (source.kind !== "registry") {
        const edition = input.lock.editionOf(source.suite);
        const found = inIndex(source, image, indexes);
        const old = image === undefined ? undefined : ageNote(image, new Date());
        const other = present?.isOfEdition === false ? OTHER_EDITION : undefined;
        const behind = [...found.behind, ...[old, other].flatMap((text) => text ?? [])];
        return { ...row, ...(edition === undefined ? {} : { edition }), ...found, behind };
      }
      return { ...row, ...(await inRegistry(source, input, ask)) };
    }),
  );
}

const OTHER_EDITION = "it is not of the edition: `npm run up` builds it";

function partsOf(
  image: ObtainedImage | undefined,
): Pick<ImageRow, "reference" | "version" | "standIn" | "builtOn" | "indexDate"> {
  if (image === undefined) return {};
  const { reference, version, standIn, builtOn, indexDate } = image;
  return {
    reference,
    version,
    ...(standIn === undefined ? {} : { standIn }),
    ...(builtOn === undefined ? {} : { builtOn }),
    ...(indexDate === undefined ? {} : { indexDate }),
  };
}

/** Reads each suite's index once, for all packages of it. */
async function indexesOf(
  sources: readonly ImageSource[],
  { packageVersions }: SurveyInput,
): Promise<ReadonlyMap<Suite, PackageVersions>> {
  const wanted = new Map<Suite, string[]>();
  for (const source of sources) {
    if (source.kind === "registry" || !("package" in source.version)) continue;
    wanted.set(source.suite, [...(wanted.get(source.suite) ?? []), source.version.package]);
  }
  const read = [...wanted].map(async ([suite, packages]) => [suite, await packageVersions(suite, packages)] as const);
  return new Map(await Promise.all(read));
}

function inIndex(
  { suite, version }: Exclude<ImageSource, RegistrySource>,
  image: ObtainedImage | undefined,
  indexes: ReadonlyMap<Suite, PackageVersions>,
): Pick<ImageRow, "newerVersion" | "behind" | "unknown"> {
  if (!("package" in version)) return { behind: [] };
  const index = indexes.get(suite);
  if (index?.ok !== true) return { behind: [], ...(index ? { unknown: index.reason } : {}) };
  const found = index.versions.get(version.package);
  if (found === undefined) return { behind: [], unknown: `Debian ${suite} has no ${version.package}` };
  const newest = tagOfVersion(found);
  if (image === undefined || newest === image.version) return { behind: [] };
  return { newerVersion: newest, behind: [`Debian ${suite} has ${newest}`] };
}

async function inRegistry(
  source: RegistrySource,
  { lock, registryPlace, credentialsOf, signal }: SurveyInput,
  ask: ReturnType<typeof registryProbe>,
): Promise<Omit<ImageRow, "service" | "source">> {
  const { reference } = registryReference(withoutDigest(source.reference), registryPlace);
  const digest = digestInReference(source.reference) ?? lock.digestOf(source.reference);
  const locked = digest === undefined ? {} : { digest };
  const answer = await ask(reference, signal);
  signal.throwIfAborted();
  if (answer.kind !== "present") return { ...locked, behind: [], unknown: reasonOf(answer) };
  const { credentials } = await credentialsOf(registryOf(reference));
  const list = await registryTags(reference, credentials, signal);
  const newer = list.ok ? newerTag(reference, list.tags) : undefined;
  const moved = digest !== undefined && answer.digest !== undefined && digest !== answer.digest;
  return {
    ...locked,
    ...(answer.digest === undefined ? {} : { digestNow: answer.digest }),
    ...(newer === undefined ? {} : { newerTag: newer }),
    ...(list.ok ? {} : { unknown: list.reason }),
    behind: [
      ...(newer === undefined ? [] : [`the registry has the tag ${newer}`]),
      ...(moved ? [`the tag has another digest now: \`npm run images -- update\` takes it`] : []),
    ],
  };
}

function reasonOf(answer: Exclude<RegistryAnswer, { readonly kind: "present" }>): string {
  switch (answer.kind) {
    case "unreachable":
      return `no registry answers (${answer.reason})`;
    case "absent":
      return `the registry does not have it (${answer.reason})`;
    case "refused":
      return `the registry refuses it (${answer.reason})`;
  }
}

export type Renewed = { readonly service: string; readonly tag: string; readonly from?: string; readonly to: string };

export interface RenewedDigests {
  readonly renewed: readonly Renewed[];
  /** Why the other registries could not be asked. */
  readonly failures: readonly string[];
  /** Why the lock file could not be written. */
  readonly unwritten: readonly string[];
}

/** Notes the digests that the tags have now. */
export async function renewLock(
  specs: ReadonlyMap<string, ImageSpec>,
  { store, registryPlace, lock, signal }: Pick<SurveyInput, "store" | "registryPlace" | "lock" | "signal">,
): Promise<RenewedDigests> {
  const ask = registryProbe(store);
  const renewed: Renewed[] = [];
  const failures: string[] = [];
  const unwritten: string[] = [];
  for (const [service, { sources }] of specs) {
    for (const source of sources) {
      if (source.kind !== "registry" || digestInReference(source.reference) !== undefined) continue;
      const { reference: asked } = registryReference(source.reference, registryPlace);
      const answer = await ask(asked, signal);
      signal.throwIfAborted();
      if (answer.kind !== "present") failures.push(`${service}: ${source.reference}: ${reasonOf(answer)}`);
      else if (answer.digest === undefined)
        failures.push(`${service}: ${source.reference}: the engine names no digest`);
      else {
        const from = lock.digestOf(source.reference);
        const learned = { tag: source.reference, asked, digest: answer.digest };
        const other = await otherUpstream(ask, learned, signal);
        const problem = other ?? (await lock.note(source.reference, answer.digest));
        if (other !== undefined) failures.push(`${service}: ${other}`);
        else if (problem !== undefined) unwritten.push(problem);
        else if (from !== answer.digest)
          renewed.push({ service, tag: source.reference, ...(from === undefined ? {} : { from }), to: answer.digest });
      }
    }
  }
  return { renewed, failures, unwritten };
}
