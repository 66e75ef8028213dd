/** The profile that a stack was last brought up with, read from the generated compose file. */
import { parse } from "yaml";
import { z } from "zod";
import type { Machine } from "../core/machine/machine.ts";
import type { Profile } from "../core/profile/profile.ts";
import { storedProfile } from "../core/profile/stored.ts";
import { bytes } from "../core/units.ts";
import { readRegular } from "../host/regular-file.ts";
import { plain } from "../render/interpolation.ts";
import type { StackFolder } from "./folder.ts";

export interface InUse {
  /** The profile's name, or the absolute path of its file. */
  readonly profileReference: string;
  /** The profile at that time; its files may have changed since. */
  readonly profile: Profile;
  /** The name of the runtime that it was brought up in, which has its volumes. */
  readonly runtime?: string | undefined;
  /** The budgeted machine: at most what the profile asked for. */
  readonly sizedFor: Machine;
}

const generated = z.object({
  "x-plumbline": z.object({
    profile: z.string(),
    runtime: z.string().optional(),
    // Without a disk if a version of Plumbline wrote it that did not size logs.
    sizedFor: z.object({ cpus: z.number(), memory: z.number().transform(bytes), disk: z.number().optional() }),
    wanted: storedProfile,
  }),
});

/** Plumbline writes some 10 and 2 kilobytes. A reader of YAML takes the square of a length for some texts. */
const FILE_MAX_BYTES = 4 * 1024 * 1024;
const HEAD_MAX_CHARACTERS = 64 * 1024;

/** Returns undefined if the stack was never brought up, or if the file is not Plumbline's. */
export async function stackInUse(folder: StackFolder): Promise<InUse | undefined> {
  try {
    // The profile is in the part before the services; parsing the services as well takes 30 ms.
    const text = (await readRegular(folder.composeFile, { maxBytes: FILE_MAX_BYTES })).toString("utf8");
    const [head = ""] = text.split(/^services:/m);
    if (head.length > HEAD_MAX_CHARACTERS) return undefined;
    const { profile: profileReference, wanted: profile, ...kept } = generated.parse(plain(parse(head)))["x-plumbline"];
    const { cpus, memory, disk } = kept.sizedFor;
    const sizedFor = { cpus, memory, ...(disk === undefined ? {} : { disk: bytes(disk) }) };
    return { profileReference, profile, ...kept, sizedFor };
  } catch {
    return undefined;
  }
}
