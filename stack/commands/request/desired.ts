/** Computes the desired stack of a request: sizes, images, credentials, certificates, files. */
import { join } from "node:path";
import {
  desire,
  selectedServices,
  sizeServices,
  type Desired,
  type EngineFacts,
  type SizedService,
} from "../../core/desire/desire.ts";
import { PlumblineError } from "../../core/errors.ts";
import type { SettleOptions } from "../../core/desire/settings.ts";
import type { Machine } from "../../core/machine/machine.ts";
import type { LeftOut } from "../../core/results/commands/parts.ts";
import type { ObtainedImage } from "../../core/service/image.ts";
import type { CredentialStore } from "../../core/service/credential.ts";
import { CERTIFICATES_FOLDER } from "../../core/stack-names.ts";
import { loadCertificates, readCertificates, type Where } from "../../records/certificates/store.ts";
import { writeSecretFiles } from "../../records/secret-files.ts";
import { loadCredentials, readCredentials } from "../../records/secrets.ts";
import { renderFiles, type FileContent, type Render } from "../../render/stack.ts";
import type { Wanted } from "./request.ts";
import { handedOver, lookedAt, refuseUnknown } from "./unknown-names.ts";

export interface FoundImages {
  /** Images by service. */
  readonly images: ReadonlyMap<string, ObtainedImage>;
  /** Services without an image, and services that require one of them. */
  readonly leftOut: readonly LeftOut[];
}

/** Where images come from. `image-sources.ts` has the sources that change nothing. */
export interface ImageSource {
  /** Resolves images of the services that the command concerns. */
  readonly wanted: (services: readonly SizedService[]) => Promise<FoundImages>;
  /** Resolves images of the other services, as far as they are known already. */
  readonly others: (services: readonly SizedService[]) => Promise<ReadonlyMap<string, ObtainedImage>>;
  /** True if `wanted` obtains images anew, so that those of `others` say nothing about them. */
  readonly renews?: boolean;
}

export interface DesiredOptions {
  readonly machine: Machine & EngineFacts;
  /** Only these services, and what they require; all if undefined. */
  readonly only: readonly string[] | undefined;
  readonly images: ImageSource;
  /**
   * `make` generates missing credentials, issues certificates and writes the secret files; `read` looks only: it plans
   * with placeholders, and settings that `up` refuses are in the result.
   */
  readonly credentials: "make" | "read";
  /** How the runtime's deployer renders its files. */
  readonly render: Render;
}

export interface DesiredStack extends FoundImages {
  readonly desired: Desired;
  /** The generated files of every service whose image is known, by path. */
  readonly files: ReadonlyMap<string, FileContent>;
  readonly credentials: CredentialStore;
}

/**
 * Resolves the desired stack. Throws BUDGET_IMPOSSIBLE, PROFILE_INVALID, WRONG_USAGE for an unknown name in `only`, and
 * what `images` throws.
 */
export async function desiredStack(wanted: Wanted, options: DesiredOptions): Promise<DesiredStack> {
  const { stack, profile, profileReference } = wanted;
  const purpose = options.credentials === "read" ? "look" : "change";
  const { budget, sized, ...settled } = sizeWanted(wanted, options.machine, { purpose, unknownNames: "returned" });
  const { unknown } = settled;
  if (purpose === "change") await refuseUnknown(wanted, unknown, () => presentImages(options.images, sized));
  const concerned = options.only ? restrict(sized, options.only) : sized;
  const find = () => findImages(sized, concerned, options.images);
  const { secrets } = wanted.folder;
  const where = certificatesOf(wanted);
  const [{ all, ...found }, { credentials }, { store: certificates, notes }] =
    options.credentials === "read"
      ? await Promise.all([find(), readCredentials(secrets, wanted.services), readCertificates(wanted.services, where)])
      : [await find(), await loadCredentials(secrets, wanted.services), await loadCertificates(wanted.services, where)];
  const selected = new Set(found.images.keys());
  const { machine: engine } = options;
  const given = { stack, profile, profileReference, budget, sized, credentials, certificates };
  const decided =
    purpose === "look" ? lookedAt(unknown, all) : { refusals: [], warnings: handedOver(wanted, unknown, all) };
  const refusals = [...settled.refusals, ...decided.refusals];
  const warnings = [...settled.warnings, ...decided.warnings, ...notes];
  const desired = desire({ ...given, refusals, warnings, images: all, selected, engine });
  if (options.credentials === "make") await writeSecretFiles(secrets, selectedServices(desired));
  return { ...found, desired, files: renderFiles(desired, options.render), credentials };
}

export function certificatesOf({ folder }: Pick<Wanted, "folder">): Where {
  return { folder: join(folder.secrets, CERTIFICATES_FOLDER), now: new Date() };
}

/** Sizes all services of the profile for this machine. Throws BUDGET_IMPOSSIBLE or PROFILE_INVALID. */
export function sizeWanted(
  { profile, services, positionOf }: Wanted,
  machine: DesiredOptions["machine"],
  options: SettleOptions = {},
): ReturnType<typeof sizeServices> {
  return sizeServices({ profile, machine, services, ...options, ...(positionOf ? { positionOf } : {}) });
}

async function presentImages(source: ImageSource, sized: readonly SizedService[]): Promise<FoundImages["images"]> {
  return source.renews === true ? new Map() : source.others(sized);
}

/** Returns the named services and what they require. */
function restrict(sized: readonly SizedService[], only: readonly string[]): readonly SizedService[] {
  const names = sized.map(({ definition }) => definition.name);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new PlumblineError("WRONG_USAGE", {
      what: `--only names ${unknown.join(", ")}`,
      why: "The profile has no such service",
      fix: `Use some of: ${names.join(", ")}`,
    });
  }
  const wanted = new Set(only);
  const requires = new Map(sized.map((service) => [service.definition.name, service.requires]));
  for (const name of wanted) for (const required of requires.get(name) ?? []) wanted.add(required);
  return sized.filter(({ definition }) => wanted.has(definition.name));
}

async function findImages(
  sized: readonly SizedService[],
  concerned: readonly SizedService[],
  source: ImageSource,
): Promise<FoundImages & { readonly all: FoundImages["images"] }> {
  const { images, leftOut } = await source.wanted(concerned);
  const others = sized.filter(({ definition }) => !images.has(definition.name));
  const all = others.length === 0 ? images : new Map([...(await source.others(others)), ...images]);
  return { images, leftOut, all };
}
