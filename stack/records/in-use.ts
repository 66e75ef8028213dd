/** What a stack was last brought up with: read from the generated compose file, which says it. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import type { Profile } from "../core/profile/profile.ts";
import { storedProfile } from "../core/profile/stored.ts";
import { bytes, type Bytes } from "../core/units.ts";
import { plain } from "../render/interpolation.ts";
import type { StackFolder } from "./folder.ts";

export interface InUse {
  /** The profile's name, or the absolute path of its file. */
  readonly profileReference: string;
  /** The profile as it was then: its files may say something else by now. */
  readonly profile: Profile;
  /** The machine that was budgeted: never more than the profile asked for. */
  readonly sizedFor: { readonly cpus: number; readonly memory: Bytes };
}

const generated = z.object({
  "x-plumbline": z.object({
    profile: z.string(),
    sizedFor: z.object({ cpus: z.number(), memory: z.number().transform(bytes) }),
    wanted: storedProfile,
  }),
});

/** Undefined where the stack was never brought up, or its file is not Plumbline's. */
export async function stackInUse(folder: StackFolder): Promise<InUse | undefined> {
  try {
    // What is wanted stands before the services; to parse them as well takes 30 ms.
    const [head = ""] = (await readFile(folder.composeFile, "utf8")).split(/^services:/m);
    const { profile: profileReference, sizedFor, wanted: profile } = generated.parse(plain(parse(head)))["x-plumbline"];
    return { profileReference, profile, sizedFor };
  } catch {
    return undefined;
  }
}
