/** Images built from Debian's packages, where no registry answers or none is wanted. */
import { PlumblineError, messageOf } from "../core/errors.ts";
import type { ImageOutcome, ImageSpec, PackageSource, Suite } from "../core/service/image.ts";
import { staleNote } from "./base.ts";
import type { Base } from "./base.ts";
import type { BuildOrder } from "./build.ts";
import type { Failure } from "./failure.ts";
import { LABELS, buildingTag, builtTag, recipeFolder } from "./recipe.ts";
import type { Candidate } from "./recipe.ts";
import { tagOfVersion } from "./reference.ts";
import type { ImageStore } from "../core/machine/engine.ts";

/** The tools of a build, or fakes of them. */
export interface Workshop {
  readonly store: Pick<ImageStore, "tag" | "untag" | "output">;
  readonly base: (suite: Suite) => Promise<Base>;
  readonly build: (order: BuildOrder) => Promise<Failure | undefined>;
  /** The folder with the services' folders. */
  readonly services: string;
  readonly signal: AbortSignal;
}

const STALE_OPTION = "-o Acquire::Check-Valid-Until=false";

/**
 * Builds the image of a service from the first source that can be had. A source that failed is named in the notes of
 * the image. Rejects with DISK_FULL, and when the signal of the workshop ends it.
 */
export async function buildFromDebian(
  service: string,
  spec: ImageSpec,
  candidates: readonly Candidate[],
  workshop: Workshop,
): Promise<ImageOutcome> {
  const failures: string[] = [];
  let fix = "";
  for (const candidate of candidates) {
    const outcome = await buildFrom(service, spec, candidate, failures, workshop);
    if (outcome.ok) return outcome;
    failures.push(`${sourceName(candidate.source)}: ${outcome.reason}`);
    fix = outcome.fix;
  }
  return { ok: false, reason: failures.join("; ") || "no package source is declared", fix };
}

async function buildFrom(
  service: string,
  spec: ImageSpec,
  { source, hash }: Candidate,
  failures: readonly string[],
  workshop: Workshop,
): Promise<ImageOutcome> {
  const base = await workshop.base(source.suite);
  workshop.signal.throwIfAborted();
  if (!base.ok) return base;
  const building = buildingTag(service, hash);
  const order = (aptOptions: string, notes: readonly string[]): BuildOrder => ({
    service,
    context: recipeFolder(spec, workshop.services),
    base: base.reference,
    source,
    aptOptions,
    tag: building,
    labels: {
      [LABELS.recipe]: hash,
      [LABELS.source]: "debian",
      [LABELS.suite]: source.suite,
      [LABELS.notes]: notes.join("\n"),
    },
  });
  let notes = [...base.notes, ...failures.map((failure) => `instead of ${failure}`)];
  let failure = await workshop.build(order("", notes));
  if (failure?.kind === "expired") {
    // The index was in date when the base image was made.
    notes = [staleNote(source.suite), ...notes];
    failure = await workshop.build(order(STALE_OPTION, notes));
  }
  if (failure) return { ok: false, reason: failure.reason, fix: fixOf(failure) };
  return name(service, building, { source, hash }, notes, workshop);
}

/** Gives the built image its name, which holds the version that is inside. */
async function name(
  service: string,
  building: string,
  { source, hash }: Candidate,
  notes: readonly string[],
  { store, signal }: Workshop,
): Promise<ImageOutcome> {
  try {
    const printed = await store.output(building, ["dpkg-query", "-W", "-f", "${Version}", source.versionOf]);
    signal.throwIfAborted();
    const version = tagOfVersion(printed);
    const reference = builtTag(service, version, hash);
    await store.tag(building, reference);
    return { ok: true, image: { reference, source: "debian", version, notes } };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PlumblineError && error.code === "DISK_FULL") throw error;
    const fix = "Look into the log of the engine, then run again.";
    return { ok: false, reason: `the version in the built image cannot be read: ${messageOf(error)}`, fix };
  } finally {
    await store.untag(building).catch(() => {}); // found by no run, so worth no failure
  }
}

function sourceName({ suite, packages }: PackageSource): string {
  return `Debian ${suite} (${packages.join(", ")})`;
}

function fixOf({ kind }: Failure): string {
  switch (kind) {
    case "expired":
    case "missing":
      return "Name a Debian mirror that is up to date in PLUMBLINE_DEBIAN_MIRROR, then run again.";
    case "unreachable":
      return "See that containers of the engine reach the Debian mirror, or name another in PLUMBLINE_DEBIAN_MIRROR, then run again.";
    case "untrusted":
      return "Behind a company's proxy, name its CA certificates (`caBundle` in the profile); else use another mirror.";
    case "disk-full":
    case "other":
      return "The reason above says what the build refused; correct it and run again.";
  }
}
