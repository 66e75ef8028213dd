/** Decides about settings that are not among those of the release that Plumbline knows, by the image that will run. */
import { decideUnknown, refusalText, wrongSettings, type UnknownSetting } from "../../core/desire/settings.ts";
import type { ObtainedImage } from "../../core/service/image.ts";
import type { Wanted } from "./request.ts";

type Images = ReadonlyMap<string, Pick<ObtainedImage, "version">>;

/**
 * Throws PROFILE_INVALID for names that no image in sight can know, before any image is obtained for them. `present`
 * resolves the images that the engine has, and is called only if there is such a name.
 */
export async function refuseUnknown(
  wanted: Pick<Wanted, "profile">,
  unknown: readonly UnknownSetting[],
  present: () => Promise<Images>,
): Promise<void> {
  if (unknown.length > 0) handedOver(wanted, unknown, await present());
}

/** For commands that only look: returns what `up` refuses in place of throwing it, and the warnings of `handedOver`. */
export function lookedAt(
  unknown: readonly UnknownSetting[],
  images: Images,
): { readonly refusals: readonly string[]; readonly warnings: readonly string[] } {
  const { problems, warnings } = decideUnknown(unknown, (service) => images.get(service)?.version);
  return { refusals: problems.map(refusalText), warnings };
}

/** Returns a warning for each name that is handed to a server of another release. Throws PROFILE_INVALID for the rest. */
export function handedOver(
  { profile }: Pick<Wanted, "profile">,
  unknown: readonly UnknownSetting[],
  images: Images,
): readonly string[] {
  const { problems, warnings } = decideUnknown(unknown, (service) => images.get(service)?.version);
  if (problems.length > 0) throw wrongSettings(profile, problems);
  return warnings;
}
