/** The sizes of a stack for commands that only look: what `up` refuses in the profile's settings is a result. */
import type { Machine } from "../../core/machine/machine.ts";
import type { ObtainedImage } from "../../core/service/image.ts";
import { sizeWanted } from "./desired.ts";
import type { Discovery } from "./discovery.ts";
import { imagesInEngine } from "./image-sources.ts";
import type { Wanted } from "./request.ts";
import { lookedAt } from "./unknown-names.ts";

type Sized = Omit<ReturnType<typeof sizeWanted>, "unknown"> & { readonly machine: Machine };

/**
 * Resolves the sizes for the machine that answers, otherwise for the profile's. Images that the engine has decide about
 * names of another release, and sources of images where there are none. Rejects with BUDGET_IMPOSSIBLE, and with
 * PROFILE_INVALID for a value that no setting of that name takes.
 */
export async function sizeToLook(wanted: Wanted, found: Discovery): Promise<Sized> {
  const machine = found.kind === "engine" ? found.state.facts : wanted.profile.machine;
  const { unknown, refusals, warnings, ...sizes } = sizeWanted(wanted, machine, {
    purpose: "look",
    unknownNames: "returned",
  });
  const { stack, host, profile } = wanted;
  const present: ReadonlyMap<string, ObtainedImage> =
    unknown.length > 0 && found.kind === "engine"
      ? await imagesInEngine(sizes.sized, { engine: found.engine, policy: profile.images, host, stack })
      : new Map();
  const looked = lookedAt(unknown, present);
  return {
    ...sizes,
    machine,
    refusals: [...refusals, ...looked.refusals],
    warnings: [...warnings, ...looked.warnings],
  };
}
