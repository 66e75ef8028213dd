/** The disk image that a profile names for a new machine. */
import { PlumblineError } from "../../core/errors.ts";
import type { MachineWish } from "../../core/machine/machine.ts";
import { SINCE, atLeast } from "./arguments.ts";
import type { Version } from "./arguments.ts";
import type { Machine } from "./machine.ts";

/** Resolves the path for `--disk-image`. Rejects with MACHINE_FAILED if Colima could not use it. */
export async function imageOf(
  { host, place }: Machine,
  { image }: MachineWish,
  version: Version,
): Promise<string | undefined> {
  if (image === undefined) return undefined;
  const path = image.replace(/^~(?=\/)/, host.home);
  const refuse = (why: string, fix: string) => {
    const what = `The machine ${place.profile} cannot be made from ${path}`;
    return new PlumblineError("MACHINE_FAILED", { what, why, fix });
  };
  if (!atLeast(version, SINCE.diskImage)) {
    const why = `Colima ${version.join(".")} takes no image of one's own; ${SINCE.diskImage.join(".")} and newer do`;
    throw refuse(why, "Update Colima, or take `image` out of the profile's `machine`.");
  }
  if (!["file", "link"].includes(await host.kind(path))) {
    throw refuse("there is no such file", "Put the image there, or correct `image` in the profile's `machine`.");
  }
  return path;
}
