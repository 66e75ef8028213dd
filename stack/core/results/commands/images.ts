/** The result of `images`: where each image comes from, and what is behind. */
import { z } from "zod";
import type { Data } from "../data.ts";
import { standInSchema } from "./parts.ts";

const imageSchema = z.strictObject({
  service: z.string(),
  /** The source in use, or that of the next `up`: "postgres:18.6", "a build from Debian's packages (…)". */
  source: z.string(),
  /** Of the image in the engine; absent while there is none. */
  reference: z.string().optional(),
  version: z.string().optional(),
  standIn: standInSchema,
  /** The digest of the lock file, for a tag of a registry. */
  digest: z.string().optional(),
  /** The digest that the tag has in the registry now. */
  digestNow: z.string().optional(),
  /** The newest tag of the same major version, if it is newer. */
  newerTag: z.string().optional(),
  /** The version in Debian's index, if it is another than the image's. */
  newerVersion: z.string().optional(),
  /** Of an image built here: the day on which the packages of its base were taken. */
  builtOn: z.string().optional(),
  /** Of an image built here: the date of the newest package index of its base. */
  indexDate: z.string().optional(),
  /** The edition of the suite that it is built from: packages of that day or later. */
  edition: z.string().optional(),
  /** What is behind, in words; empty if nothing is known to be. */
  behind: z.array(z.string()),
  /** Why the registry or the index could not be asked. */
  unknown: z.string().optional(),
});

export const imagesSchema = z.strictObject({
  stack: z.string(),
  profile: z.string(),
  lockFile: z.string(),
  images: z.array(imageSchema),
  /** With `update`: the digests that were noted, by tag. */
  updated: z.array(
    z.strictObject({ service: z.string(), tag: z.string(), from: z.string().optional(), to: z.string() }),
  ),
  /** With `update`: the editions of Debian that were noted. */
  updatedEditions: z
    .array(
      z.strictObject({
        suite: z.string(),
        from: z.string().optional(),
        to: z.string(),
        /** The services whose images are built from the suite. */
        services: z.array(z.string()),
      }),
    )
    .optional(),
});

export type ImageRow = Data<typeof imageSchema>;
export type Images = Data<typeof imagesSchema>;
