/** Builds images on this machine: from Debian's packages, or from a folder with a Dockerfile and its sources. */
import { join } from "node:path";
import { PlumblineError, messageOf } from "../core/errors.ts";
import { dayOf } from "./newer/age.ts";
import type {
  BuildSource,
  EditionOf,
  ImageOutcome,
  ObtainedImage,
  Suite,
  VersionSource,
} from "../core/service/image.ts";
import { staleness } from "./base.ts";
import type { Base, Unmade } from "./base.ts";
import type { BuildOrder } from "./build.ts";
import { refusedFix, type Failure } from "./failure.ts";
import { IMAGE_LABELS, buildingTag, builtTag, candidateOf, obtained } from "./recipe.ts";
import type { Candidate } from "./recipe.ts";
import { tagOfVersion } from "../core/service/reference.ts";
import type { ImageStore } from "../core/machine/engine.ts";

/** The tools that a build uses, or fakes of them. */
export interface BuildTools {
  readonly store: Pick<ImageStore, "tag" | "untag" | "output">;
  readonly base: (suite: Suite) => Promise<Base>;
  readonly build: (order: BuildOrder) => Promise<Failure | undefined>;
  /** The folder that contains the services' folders. */
  readonly services: string;
  readonly editionOf: EditionOf;
  readonly signal: AbortSignal;
}

/** What a build gives: an image, or the kind of the failure too. */
type BuildOutcome = Extract<ImageOutcome, { readonly ok: true }> | ({ readonly ok: false } & Unmade);

const STALE_OPTION = "-o Acquire::Check-Valid-Until=false";

/**
 * Builds the image of a service from one source. `failures` names the sources tried before; the image keeps them as
 * notes. Rejects with DISK_FULL, and when `tools.signal` fires.
 */
export async function buildFrom(
  service: string,
  source: BuildSource,
  failures: readonly string[],
  tools: BuildTools,
): Promise<BuildOutcome> {
  const bases = await basesOf(source, tools);
  if (!bases.ok) return bases;
  const candidate = await candidateOf(source, tools.services, tools.editionOf);
  const { hash } = candidate;
  const building = buildingTag(service, hash);
  const built = dayOf(new Date());
  const { builtOn = built, indexDate } = bases;
  const order = (aptOptions: string, notes: readonly string[]): BuildOrder => ({
    service,
    context: join(tools.services, source.folder),
    source,
    base: bases.base,
    ...(bases.tools === undefined ? {} : { tools: bases.tools }),
    aptOptions,
    tag: building,
    labels: {
      [IMAGE_LABELS.recipe]: hash,
      [IMAGE_LABELS.anyEdition]: candidate.anyEdition,
      [IMAGE_LABELS.source]: "debian",
      [IMAGE_LABELS.suite]: source.suite,
      [IMAGE_LABELS.notes]: notes.join("\n"),
      [IMAGE_LABELS.built]: built,
      [IMAGE_LABELS.baseBuilt]: builtOn,
      ...(indexDate === undefined ? {} : { [IMAGE_LABELS.index]: indexDate }),
    },
  });
  let notes = [...bases.notes, ...failures.map((failure) => `instead of ${failure}`)];
  let failure = await tools.build(order("", notes));
  if (failure?.kind === "expired") {
    // Nothing in the base image lets an index pass its date: each build looks at the date itself.
    const { refused, note } = staleness(source.suite, failure);
    if (refused) return failed(refused, source);
    notes = [...new Set([note, ...notes])];
    failure = await tools.build(order(STALE_OPTION, notes));
  }
  if (failure) return failed(failure, source);
  return name(
    service,
    building,
    candidate,
    { notes, builtOn, ...(indexDate === undefined ? {} : { indexDate }) },
    tools,
  );
}

function failed(failure: Failure, source: BuildSource): BuildOutcome {
  return { ok: false, kind: failure.kind, reason: failure.reason, fix: fixOf(failure, source) };
}

type Found = Pick<ObtainedImage, "notes" | "builtOn" | "indexDate">;

type Bases =
  | ({ readonly ok: true; readonly base: string; readonly tools?: string } & Found)
  | Extract<Base, { readonly ok: false }>;

/**
 * Returns the bases of the image and of its build stage. Notes on the latter are dropped: the image keeps nothing of
 * it.
 */
async function basesOf(source: BuildSource, { base, signal }: BuildTools): Promise<Bases> {
  const own = await base(source.suite);
  signal.throwIfAborted();
  if (!own.ok) return own;
  const { reference, ...found } = own;
  if (source.kind === "packages" || source.tools === undefined) return { ...found, base: reference };
  const tools = await base(source.tools);
  signal.throwIfAborted();
  return tools.ok ? { ...found, base: reference, tools: tools.reference } : tools;
}

/** Tags the built image with the version found inside it. */
async function name(
  service: string,
  building: string,
  { source, hash }: Candidate,
  found: Found,
  { store, signal }: BuildTools,
): Promise<BuildOutcome> {
  try {
    const version = tagOfVersion(await versionIn(building, source.version, store));
    signal.throwIfAborted();
    const reference = builtTag(service, version, hash);
    await store.tag(building, reference);
    return { ok: true, image: obtained(source, { ...found, reference, version }) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PlumblineError && error.code === "DISK_FULL") throw error;
    const fix = "Look into the log of the engine, then run again.";
    return {
      ok: false,
      kind: "other",
      reason: `the version in the built image cannot be read: ${messageOf(error)}`,
      fix,
    };
  } finally {
    await store.untag(building).catch(() => {}); // no run finds this tag, so a failure is harmless
  }
}

async function versionIn(image: string, version: VersionSource, store: Pick<ImageStore, "output">): Promise<string> {
  if ("fixed" in version) return version.fixed;
  if ("package" in version) return store.output(image, ["dpkg-query", "-W", "-f", "${Version}", version.package]);
  const printed = await store.output(image, version.command);
  const found = version.pattern.exec(printed)?.[1];
  if (found !== undefined) return found;
  throw new Error(`${version.command.join(" ")} printed ${JSON.stringify(printed.slice(0, 200))}`);
}

/** Returns the source's name for failures and notes. */
export function sourceName(source: BuildSource): string {
  switch (source.kind) {
    case "packages":
      return `Debian ${source.suite} (${source.packages.join(", ")})`;
    case "folder":
      return `the build of ${source.folder}`;
  }
}

function fixOf({ kind, reason }: Failure, source: BuildSource): string {
  const registries =
    source.kind === "folder" ? " Go, pip and npm take their registries and proxies from this host's environment." : "";
  switch (kind) {
    case "expired":
    case "missing":
      return source.kind === "packages"
        ? "Name a Debian mirror that is up to date in PLUMBLINE_DEBIAN_MIRROR, then run again."
        : `See that the Debian mirror (PLUMBLINE_DEBIAN_MIRROR) and the package registries have it, then run again.${registries}`;
    case "unreachable":
      return `See that containers of the engine reach the Debian mirror, or name another in PLUMBLINE_DEBIAN_MIRROR, then run again.${registries}`;
    case "refused":
      return refusedFix(reason);
    case "untrusted":
      return "Behind a company's proxy, name its CA certificates with --ca; else use another mirror.";
    case "altered":
      return "What was downloaded is not what the recipe pins: see which registry or proxy gave it, and do not use it.";
    case "disk-full":
    case "other":
      return "The reason above says what the build refused; correct it and run again.";
  }
}
