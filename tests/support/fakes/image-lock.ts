/** A lock file of images in memory. */
import type { ImageLock } from "../../../stack/images/lock.ts";

export interface FakeLock extends ImageLock {
  /** Digests by the registry's tag. */
  readonly digests: Map<string, string>;
  /** Why nothing can be noted; undefined while it can. */
  problem: string | undefined;
}

export function fakeLock(): FakeLock {
  const digests = new Map<string, string>();
  const lock: FakeLock = {
    path: "images.lock.json",
    digests,
    problem: undefined,
    digestOf: (reference) => digests.get(reference),
    note: async (reference, digest) => {
      if (lock.problem === undefined) digests.set(reference, digest);
      return lock.problem;
    },
  };
  return lock;
}
