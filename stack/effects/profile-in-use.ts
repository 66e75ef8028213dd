/** Which profile a stack was brought up with: read from the generated compose file, which says it. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import type { StackFolder } from "./folder.ts";

const generated = z.object({ "x-plumbline": z.object({ profile: z.string() }) });

/** Undefined where the stack was never brought up, or its file is not Plumbline's. */
export async function profileInUse(folder: StackFolder): Promise<string | undefined> {
  try {
    // What is wanted stands before the services; to parse them as well takes 30 ms.
    const [head = ""] = (await readFile(folder.composeFile, "utf8")).split(/^services:/m);
    return generated.parse(parse(head))["x-plumbline"].profile;
  } catch {
    return undefined;
  }
}
