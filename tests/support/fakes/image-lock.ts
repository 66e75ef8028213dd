/** A lock file of images in memory. */
import type { Suite } from "../../../stack/core/service/image.ts";
import type { ImageLock } from "../../../stack/images/lock.ts";

export interface FakeLock extends ImageLock {
  /** Digests by the registry's tag. */
  readonly digests: Map<string, string>;
  /** Editions by suite. */
  readonly editions: Map<Suite, string>;
  /** Why nothing can be noted; undefined while it can. */
  problem: string | undefined;
}

export function fakeLock(): FakeLock {
  const digests = new Map<string, string>();
  const editions = new Map<Suite, string>();
  const lock: FakeLock = {
    path: "images.lock.json",
    digests,
    editions,
    problem: undefined,
    digestOf: (reference) => digests.get(reference),
    note: async (reference, digest) => {
      if (lock.problem === undefined) digests.set(reference, digest);
      return lock.problem;
    },
    editionOf: (suite) => editions.get(suite),
    noteEdition: async (suite, edition) => {
      if (lock.problem === undefined) editions.set(suite, edition);
      return lock.problem;
    },
  };
  return lock;
}
