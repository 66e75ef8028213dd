/** Obtains the images of a stack: already in the engine, from a registry, or built here. */
import { PlumblineError } from "../core/errors.ts";
import type { EditionOf, ImageOutcome, ImagePolicy, ImageSpec, ObtainedImage } from "../core/service/image.ts";
import type { Report } from "../core/progress.ts";
import type { Engine } from "../core/machine/engine.ts";
import { openCompose, type Compose } from "../docker/compose.ts";
import { parseMirrors, type RegistryPlace } from "../core/service/reference.ts";
import { realHost } from "../host/host.ts";
import type { Host } from "../host/host.ts";
import { aptAuth, redacted } from "../core/userinfo.ts";
import { baseMaker } from "./base.ts";
import { build } from "./build.ts";
import { obtainAll } from "./policy.ts";
import { packageRegistries } from "./package-registries.ts";
import { openLock } from "./lock.ts";
import { mirrorLogins } from "./mirror.ts";
import { findPresent, type EditionsCounted } from "./present.ts";
import { SERVICES_FOLDER } from "./recipe.ts";
import { makeWorkFolder, removeWorkFolder } from "./work.ts";

export interface ObtainOptions {
  readonly engine: Pick<Engine, "images" | "address" | "ping">;
  /** Builds images; Compose with the same engine where it is absent. */
  readonly compose?: Pick<Compose, "run">;
  readonly policy: ImagePolicy;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** A file of CA certificates that builds trust in addition to Debian's; no image keeps it. */
  readonly caBundle?: string;
  /** PLUMBLINE_REGISTRY_PREFIX or PLUMBLINE_REGISTRY_MIRRORS if absent. */
  readonly registryPlace?: RegistryPlace;
  readonly host?: Host;
  /** The folder that contains the services' folders. */
  readonly services?: string;
  /** The editions that images are built of, if not those of the lock file. */
  readonly editionOf?: EditionOf;
  /** The digests that are pulled, by tag, if not those of the lock file. */
  readonly digestOf?: (reference: string) => string | undefined;
  /** By default any: an image of another edition serves where that of the wanted one cannot be built. */
  readonly editions?: EditionsCounted;
  /** Called once, before the first image is built: installs the build's requirements. */
  readonly beforeBuild?: () => Promise<void>;
}

/**
 * Obtains the images of all services in parallel. Images already in the engine are used without any network. An image
 * that cannot be obtained is an outcome, not an error. Rejects with DISK_FULL, INTERRUPTED, ENGINE_UNREACHABLE.
 */
export async function obtainImages(
  specs: ReadonlyMap<string, ImageSpec>,
  options: ObtainOptions,
): Promise<ReadonlyMap<string, ImageOutcome>> {
  const { engine, policy, report, caBundle, host = realHost(), services = SERVICES_FOLDER } = options;
  const { compose = openCompose(engine, host.env) } = options;
  const registryPlace = registryPlaceOf(host, options.registryPlace);
  // A failure that ends the run also ends the work on the other services.
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const locked = await openLock(host.env);
  const { editionOf = locked.editionOf, digestOf = locked.digestOf } = options;
  const lock = { ...locked, editionOf, digestOf };
  let work: Promise<string> | undefined;
  const workFolder = async () => {
    work ??= makeWorkFolder(host);
    return work;
  };
  let registries: Promise<string> | undefined;
  let logins: ReturnType<typeof mirrorLogins> | undefined;
  const ca = caBundle === undefined ? {} : { caBundle };
  try {
    return await obtainAll(specs, {
      policy,
      registryPlace,
      services,
      lock,
      editions: options.editions ?? "any",
      store: engine.images,
      report,
      signal,
      end: (reason) => ending.abort(reason),
      baseMaker: async () => {
        await options.beforeBuild?.();
        return baseMaker({ host, store: engine.images, report, signal, editionOf, work: await workFolder(), ...ca });
      },
      build: async (order, detail) => {
        registries ??= packageRegistries(host);
        logins ??= mirrorLogins(host);
        const secrets = { registries: await registries, aptAuth: aptAuth(await logins), ...ca };
        const place = { work: await workFolder(), ...secrets };
        return build(order, { compose, signal, detail, ...place });
      },
    });
  } catch (error) {
    if (options.signal.aborted) throw interrupted(error);
    throw error;
  } finally {
    if (work) await removeWorkFolder(host, await work);
  }
}

/** Returns the images already in the engine, by service, for `plan`. One request, no network. */
export async function presentImages(
  specs: ReadonlyMap<string, ImageSpec>,
  options: Pick<ObtainOptions, "policy" | "registryPlace" | "host" | "services"> & {
    readonly engine: Pick<Engine, "images">;
    readonly editions: EditionsCounted;
  },
): Promise<ReadonlyMap<string, ObtainedImage>> {
  const { engine, policy, editions, host = realHost(), services = SERVICES_FOLDER } = options;
  return findPresent(specs, {
    store: engine.images,
    policy,
    services,
    registryPlace: registryPlaceOf(host, options.registryPlace),
    lock: await openLock(host.env),
    editions,
  });
}

/** Returns where registries' images are taken from. Throws WRONG_USAGE for mirrors that cannot be read. */
export function registryPlaceOf(host: Pick<Host, "env">, given?: RegistryPlace): RegistryPlace {
  const place = given ?? host.env["PLUMBLINE_REGISTRY_PREFIX"];
  const list = host.env["PLUMBLINE_REGISTRY_MIRRORS"];
  if (place !== undefined || !list) return place ?? "";
  const mirrors = parseMirrors(list);
  if (mirrors !== undefined) return mirrors;
  throw new PlumblineError("WRONG_USAGE", {
    what: "PLUMBLINE_REGISTRY_MIRRORS cannot be read",
    why: `"${redacted(list)}" is no list of registry=mirror`,
    fix: "Write it as docker.io=mirror.example:5000/hub, with commas between several.",
  });
}

function interrupted(cause: unknown): PlumblineError {
  return new PlumblineError("INTERRUPTED", {
    what: "Obtaining the images was interrupted",
    why: "SIGINT or SIGTERM came",
    fix: "Run the same command again: complete images and layers are kept.",
    cause,
  });
}
