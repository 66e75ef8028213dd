/** The digests of the registries' tags: a file beside the profiles, so that everybody who clones gets the same images. */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { messageOf, PlumblineError } from "../core/errors.ts";
import { readTextIfThere } from "../host/regular-file.ts";
import { replaceFile } from "../host/replace-file.ts";

export interface ImageLock {
  readonly path: string;
  /** Returns "sha256:…" for a tag as a service's folder declares it: "postgres:18.6". */
  digestOf(reference: string): string | undefined;
  /** Notes a digest for good. Resolves why that failed; undefined if it is noted. */
  note(reference: string, digest: string): Promise<string | undefined>;
}

const PROJECT_LOCK = fileURLToPath(new URL("../../profiles/images.lock.json", import.meta.url));

const lockSchema = z.strictObject({
  comment: z.string().optional(),
  /** By the registry's tag. The digest of an image of several platforms is that of its index. */
  images: z.record(z.string(), z.string().regex(/^sha256:[0-9a-f]{64}$/, "expected sha256: and 64 hexadecimal digits")),
});

const COMMENT =
  "Written by `npm run up` when it first pulls a tag, and by `npm run images -- update`. Commit it: the digest is pulled, wherever the tag points.";

/** Resolves the lock file; PLUMBLINE_IMAGES_LOCK names another. Rejects with WRONG_USAGE if it cannot be read. */
export async function openLock(env: Readonly<Record<string, string | undefined>>): Promise<ImageLock> {
  const path = env["PLUMBLINE_IMAGES_LOCK"] || PROJECT_LOCK;
  let known = await read(path);
  let writing: Promise<string | undefined> = Promise.resolve(undefined);
  const write = async (reference: string, digest: string): Promise<string | undefined> => {
    try {
      const images = { ...(await read(path)), [reference]: digest };
      const sorted = Object.fromEntries(Object.entries(images).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      const text = `${JSON.stringify({ comment: COMMENT, images: sorted }, undefined, 2)}\n`;
      await replaceFile(path, text, { mode: 0o644, suffix: `${process.pid}.partial` });
      known = sorted;
      return undefined;
    } catch (error) {
      return `digests of images are not noted in ${path}: ${messageOf(error)}`;
    }
  };
  return {
    path,
    digestOf: (reference) => known[reference],
    note: (reference, digest) => {
      if (known[reference] === digest) return Promise.resolve(undefined);
      writing = writing.then(() => write(reference, digest));
      return writing;
    },
  };
}

async function read(path: string): Promise<Readonly<Record<string, string>>> {
  const text = await readTextIfThere(path);
  if (text === undefined) return {};
  try {
    return lockSchema.parse(JSON.parse(text)).images;
  } catch (error) {
    throw new PlumblineError("WRONG_USAGE", {
      what: `The lock file of images cannot be read`,
      why: `${path}: ${error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)}`,
      fix: "Restore it from the repository, or remove it: the next pull notes the digests of today.",
      cause: error,
    });
  }
}
