/** Checks for images that were built here and that nothing uses any more, or whose packages are too old. */
import type { Engine } from "../../core/machine/engine.ts";
import { MOST_DAYS, ageFix, ageText } from "../../images/newer/age.ts";
import type { Host } from "../../host/host.ts";
import { openLock } from "../../images/lock.ts";
import { mirrorLogins } from "../../images/mirror.ts";
import { agedImages, oldImages } from "../../images/old.ts";
import { registry } from "../../services/index.ts";
import { ok, warning, type Finding } from "./check.ts";

export async function checkImages(
  { host }: { readonly host: Host },
  { engine: { images } }: { readonly engine: Pick<Engine, "images"> },
): Promise<readonly Finding[]> {
  const catalogue = [...registry.values()].map((service) => service.configure({}).image);
  const { editionOf } = await openLock(host.env);
  const old = await oldImages(images, catalogue, host, editionOf);
  const unused =
    old.length === 0
      ? [ok("old images", "none")]
      : old.map((reference) => ({
          ...warning(
            "old images",
            `${reference} was built here, and nothing uses it`,
            `docker rmi ${reference}, or --fix.`,
          ),
          repair: async () => {
            await images.untag(reference);
            return "removed";
          },
        }));
  return [...unused, ...(await checkLogins(host, old)), ...(await checkAges(images, old))];
}

/** A recipe of an older release may have left the mirror's address, with its login, in the image. */
async function checkLogins(host: Host, old: readonly string[]): Promise<readonly Finding[]> {
  const logins = await mirrorLogins(host).catch(() => []); // an address that cannot be read is refused where it is used
  if (old.length === 0 || logins.length === 0) return [];
  const fix = "Remove the old images with --fix, and give the mirror another password if one was handed on.";
  return [warning("login of the mirror", "old images of another recipe may hold the mirror's login", fix)];
}

/** Images that nothing uses need not be newer. */
async function checkAges(images: Engine["images"], unused: readonly string[]): Promise<readonly Finding[]> {
  const aged = await agedImages(images, unused, new Date());
  if (aged.length === 0) return [ok("packages of images", `none are older than ${MOST_DAYS} days`)];
  return aged.map(({ reference, age }) =>
    warning("packages of images", `${reference} is too old: ${ageText(age)}`, sentence(ageFix(age))),
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
