/** Which profile a stack was brought up with: read from the generated compose file, which says it. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import type { StackFolder } from "./folder.ts";

const generated = z.object({ "x-plumbline": z.object({ profile: z.string() }) });

/** Undefined where the stack was never brought up, or its file is not Plumbline's. */
export async function profileInUse(folder: StackFolder): Promise<string | undefined> {
  try {
    return generated.parse(parse(await readFile(folder.composeFile, "utf8")))["x-plumbline"].profile;
  } catch {
    return undefined;
  }
}
