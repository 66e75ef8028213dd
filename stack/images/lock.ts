/**
 * The digests of the registries' tags, and the editions of Debian's suites: a file beside the profiles, so that everybody
 * who clones gets the same images.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { messageOf, PlumblineError } from "../core/errors.ts";
import { takeLock, type Lock } from "../host/lock.ts";
import { readTextIfThere } from "../host/regular-file.ts";
import { replaceFile } from "../host/replace-file.ts";
import type { EditionOf, Suite } from "../core/service/image.ts";

export interface ImageLock {
  readonly path: string;
  /** Returns "sha256:…" for a tag as a service's folder declares it: "postgres:18.6". */
  readonly digestOf: (reference: string) => string | undefined;
  /** Notes a digest for good. Resolves why that failed; undefined if it is noted. */
  note(reference: string, digest: string): Promise<string | undefined>;
  readonly editionOf: EditionOf;
  /** Notes an edition, "2026-11-30", for good. Resolves why that failed; undefined if it is noted. */
  noteEdition(suite: Suite, edition: string): Promise<string | undefined>;
}

const PROJECT_LOCK = fileURLToPath(new URL("../../profiles/images.lock.json", import.meta.url));

/** Keeps what it does not know, such as the suites of a newer Plumbline: what is read is written again. */
const lockSchema = z.looseObject({
  comment: z.string().optional(),
  /** By the registry's tag. The digest of an image of several platforms is that of its index. */
  images: z.record(z.string(), z.string().regex(/^sha256:[0-9a-f]{64}$/, "expected sha256: and 64 hexadecimal digits")),
  /** By suite: images are built from the packages of that day or later. */
  editions: z.record(z.string(), z.iso.date()).optional(),
});

interface Locked {
  readonly images: Readonly<Record<string, string>>;
  /** By suite. */
  readonly editions: Readonly<Record<string, string>>;
  /** Everything else in the file. */
  readonly unknown: Readonly<Record<string, unknown>>;
}

const COMMENT =
  "Written by `npm run up` when it first pulls a tag, and by `npm run images -- update`. Commit it: the digest is pulled, wherever the tag points, and images are built from the packages of the edition's day or later.";

/** Returns the path of the lock file; PLUMBLINE_IMAGES_LOCK names another. */
export function lockPath(env: Readonly<Record<string, string | undefined>>): string {
  return env["PLUMBLINE_IMAGES_LOCK"] || PROJECT_LOCK;
}

/** Resolves the lock file. Rejects with WRONG_USAGE if it cannot be read. */
export async function openLock(env: Readonly<Record<string, string | undefined>>): Promise<ImageLock> {
  const path = lockPath(env);
  let known = await read(path);
  let writing: Promise<string | undefined> = Promise.resolve(undefined);
  const write = async (what: string, change: (locked: Locked) => Locked): Promise<string | undefined> => {
    let held: Lock | undefined;
    try {
      held = await turnAt(path);
      const changed = change(await read(path));
      const images = sorted(changed.images);
      const editions = sorted(changed.editions);
      const hasEditions = Object.keys(editions).length > 0;
      const file = { comment: COMMENT, images, ...(hasEditions ? { editions } : {}), ...changed.unknown };
      await replaceFile(path, `${JSON.stringify(file, undefined, 2)}\n`, {
        mode: 0o644,
        suffix: `${process.pid}.partial`,
      });
      known = changed;
      return undefined;
    } catch (error) {
      return `${what} are not noted in ${path}: ${messageOf(error)}`;
    } finally {
      await held?.release();
    }
  };
  const queue = (what: string, change: (locked: Locked) => Locked) => {
    writing = writing.then(() => write(what, change));
    return writing;
  };
  return {
    path,
    digestOf: (reference) => known.images[reference],
    note: async (reference, digest) => {
      if (known.images[reference] === digest) return undefined;
      return queue("digests of images", (locked) => ({
        ...locked,
        images: { ...locked.images, [reference]: digest },
      }));
    },
    editionOf: (suite) => known.editions[suite],
    noteEdition: async (suite, edition) => {
      if (known.editions[suite] === edition) return undefined;
      return queue("editions of Debian", (locked) => ({
        ...locked,
        editions: { ...locked.editions, [suite]: edition },
      }));
    },
  };
}

/** Another run reads, changes and writes the file within milliseconds. */
const TURN_DEADLINE_MS = 10_000;
const TURN_AGAIN_MS = 20;

/** Waits while another run writes the file: each would lose what the other has noted since it read it. */
async function turnAt(path: string): Promise<Lock> {
  const end = performance.now() + TURN_DEADLINE_MS;
  for (;;) {
    try {
      // In a folder of its own, because a lock makes its folder its owner's alone, and removes it.
      return await takeLock(join(`${path}.turn`, "lock"), "images");
    } catch (error) {
      const isBusy = error instanceof PlumblineError && error.code === "STACK_BUSY";
      if (!isBusy || performance.now() > end) throw error;
      await sleep(TURN_AGAIN_MS);
    }
  }
}

function sorted(record: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const CONFLICT = /^(?:<{7}|={7}|>{7})(?: |$)/m;
const MERGE = " A merge left both sides in it: keep the later day of each edition, and either digest of a tag.";

async function read(path: string): Promise<Locked> {
  const text = await readTextIfThere(path);
  if (text === undefined) return { images: {}, editions: {}, unknown: {} };
  try {
    const { comment: _, images, editions = {}, ...unknown } = lockSchema.parse(JSON.parse(text));
    return { images, editions, unknown };
  } catch (error) {
    throw new PlumblineError("WRONG_USAGE", {
      what: `The lock file of images cannot be read`,
      why: `${path}: ${error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)}`,
      fix: `Restore it from the repository, or remove it: the next pull notes the digests of today, and images are built without an edition.${CONFLICT.test(text) ? MERGE : ""}`,
      cause: error,
    });
  }
}
