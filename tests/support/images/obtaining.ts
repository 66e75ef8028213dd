/** Obtains images with builds that take no time, of packages that a mirror has or lacks. */
import type { Progress } from "../../../stack/core/progress.ts";
import type { ImageOutcome, ImagePolicy, ImageSpec, PackagesSource, Suite } from "../../../stack/core/service/image.ts";
import type { BuildOrder } from "../../../stack/images/build.ts";
import type { Failure } from "../../../stack/images/failure.ts";
import { obtainAll } from "../../../stack/images/policy.ts";
import type { FakeImages } from "../fakes/engine-images.ts";
import type { FakeLock } from "../fakes/image-lock.ts";

/** A source of the package "<name>-<major>". */
export function packagesOf(name: string, suite: Suite, major: number): PackagesSource {
  return {
    kind: "packages",
    folder: `${name}/image`,
    suite,
    packages: [`${name}-${major}`],
    version: { package: `${name}-${major}` },
  };
}

export interface Obtaining {
  readonly services: string;
  readonly store: FakeImages;
  readonly lock: FakeLock;
  readonly events: Progress[];
  readonly build: (order: BuildOrder) => Promise<Failure | undefined>;
  /** What is said of a base image. */
  readonly notesOf?: (suite: Suite) => readonly string[];
}

export function obtainWith(
  policy: ImagePolicy,
  specs: ReadonlyMap<string, ImageSpec>,
  { services, store, lock, events, build, notesOf = () => [] }: Obtaining,
): Promise<ReadonlyMap<string, ImageOutcome>> {
  const ending = new AbortController();
  return obtainAll(specs, {
    policy,
    registryPlace: "",
    services,
    store,
    lock,
    editions: "any",
    report: (event) => events.push(event),
    signal: ending.signal,
    end: (reason) => ending.abort(reason),
    baseMaker: async () => async (suite) => ({ ok: true, reference: `base:${suite}`, notes: notesOf(suite) }),
    build,
  });
}

/** Why the mirror lacks the package of an order; undefined if it has it. */
export function lackedBy(
  { source: { version } }: BuildOrder,
  missing: ReadonlyMap<string, Failure>,
): Failure | undefined {
  return missing.get("package" in version ? version.package : "");
}

/** Keeps the image that the order asks for: unstable has the newer version. */
export function keepBuilt({ tag, labels, source }: BuildOrder, store: FakeImages): void {
  store.images.set(tag, { labels, version: source.suite === "sid" ? "1:2.0-1" : "1.9-1" });
}
