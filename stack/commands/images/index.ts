/** `images`: where the image of each service comes from, what is behind, and new digests and editions for the lock file. */
import { PlumblineError } from "../../core/errors.ts";
import { editionText } from "../../core/edition.ts";
import type { Report } from "../../core/progress.ts";
import type { Images } from "../../core/results/commands/images.ts";
import type { ImagePolicy, ImageSpec } from "../../core/service/image.ts";
import { unlessAborted } from "../../converge/execution/unless-aborted.ts";
import { registryCredentials } from "../../host/registry-credentials.ts";
import { openLock } from "../../images/lock.ts";
import { packageVersions } from "../../images/newer/package-versions.ts";
import { renewImages, type RenewedAll, type RenewInput } from "../../images/newer/editions.ts";
import { surveyImages } from "../../images/newer/survey.ts";
import { registryPlaceOf } from "../../images/obtain.ts";
import { SERVICES_FOLDER } from "../../images/recipe.ts";
import { makeWorkFolder, removeWorkFolder } from "../../images/work.ts";
import { requireEngine } from "../request/discovery.ts";
import { UNWRITTEN_FIX } from "../request/refresh.ts";
import { readWanted, type StackOptions, type Wanted } from "../request/request.ts";

export interface ImagesOptions extends StackOptions {
  readonly images?: ImagePolicy;
  /** A company's CA certificates, for https mirrors. */
  readonly caBundle?: string;
  /** The services whose digests and editions are renewed; all if it names none. */
  readonly update?: readonly string[];
}

/** Rejects with NO_RUNTIME, STACK_DOWN, WRONG_USAGE, and with IMAGE_UNAVAILABLE if a digest cannot be renewed. */
export async function stackImages(
  options: ImagesOptions,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<Images> {
  const wanted = await readWanted(options);
  const { engine } = await unlessAborted(requireEngine(wanted), signal);
  const { host, profile } = wanted;
  const lock = await openLock(host.env);
  const registryPlace = registryPlaceOf(host);
  const policy = options.images ?? profile.images;
  const input = { store: engine.images, registryPlace, lock, signal, policy, services: SERVICES_FOLDER };
  const updated = options.update === undefined ? undefined : await update(wanted, options.update, input, report);
  const work = await makeWorkFolder(host);
  const id = "images";
  report({
    kind: "step-started",
    id,
    title: "ask registries and package indexes",
    because: "what is behind is listed",
  });
  try {
    const images = await surveyImages(specsOf(wanted), {
      ...input,
      credentialsOf: registryCredentials(host),
      packageVersions: (suite, packages) => {
        report({ kind: "step-progress", id, detail: `the index of Debian ${suite}` });
        const ca = options.caBundle === undefined ? {} : { caBundle: options.caBundle };
        return packageVersions(suite, packages, { host, work, signal, ...ca });
      },
    });
    report({ kind: "step-done", id });
    return {
      stack: wanted.stack,
      profile: wanted.profileReference,
      lockFile: lock.path,
      images,
      updated: updated?.renewed ?? [],
      ...(updated === undefined ? {} : { updatedEditions: updated.editions }),
    };
  } catch (error) {
    report({ kind: "step-failed", id, reason: "see below" });
    throw error;
  } finally {
    await removeWorkFolder(host, work);
  }
}

async function update(
  wanted: Wanted,
  names: readonly string[],
  input: RenewInput,
  report: Report,
): Promise<RenewedAll> {
  const concerned = concernedBy(wanted, names);
  const id = "images-update";
  report({ kind: "step-started", id, title: "renew digests and editions", because: "`update` was asked for" });
  const all = await renewImages(specsOf(wanted), concerned, input);
  for (const text of all.notes) report({ kind: "note", text });
  const count = all.renewed.length + all.editions.length;
  const error = unrenewed(all);
  if (error === undefined) {
    report({ kind: "step-done", id, detail: count === 0 ? "nothing has changed" : `${count} renewed` });
    return all;
  }
  report({ kind: "step-failed", id, reason: "see below" });
  throw error;
}

/** Returns the error for what could not be renewed: a lock file that cannot be written is no fault of the registry. */
export function unrenewed({ editions, renewed, failures, unwritten }: RenewedAll): PlumblineError | undefined {
  const done = editions.map((edition) => `renewed all the same: ${editionText(edition)}`);
  const details = { updated: renewed, updatedEditions: editions };
  if (failures.length > 0) {
    return new PlumblineError("IMAGE_UNAVAILABLE", {
      what: `${failures.length} digests of images could not be renewed`,
      why: [...failures, ...new Set(unwritten), ...done].join("\n"),
      fix: [REGISTRY_FIX, ...(unwritten.length === 0 ? [] : [UNWRITTEN_FIX])].join("\n"),
      details,
    });
  }
  if (unwritten.length === 0) return undefined;
  return new PlumblineError("WRONG_USAGE", {
    what: "The lock file of images cannot be written",
    why: [...new Set(unwritten), ...done].join("\n"),
    fix: UNWRITTEN_FIX,
    details,
  });
}

const REGISTRY_FIX =
  "Give the engine access to the registry (network, proxy, CA, `docker login`), or name a mirror in PLUMBLINE_REGISTRY_MIRRORS, then run again. `--images debian` asks no registry and renews the editions of Debian.";

function concernedBy({ services }: Wanted, names: readonly string[]): readonly string[] {
  const all = services.map(({ name }) => name);
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new PlumblineError("WRONG_USAGE", {
      what: `The profile has no service ${unknown.join(", ")}`,
      why: "only images of its services are renewed",
      fix: `Name some of: ${all.join(", ")}`,
    });
  }
  return names.length === 0 ? all : names;
}

function specsOf({ services }: Wanted): ReadonlyMap<string, ImageSpec> {
  return new Map(services.map(({ name, image }) => [name, image]));
}
