/** Checks for images that were built here and that nothing uses any more. */
import { oldImages } from "../../images/old.ts";
import { registry } from "../../services/index.ts";
import type { FoundEngine } from "../request/discovery.ts";
import type { Wanted } from "../request/request.ts";
import { ok, warning, type Finding } from "./check.ts";

export async function checkImages({ host }: Wanted, { engine: { images } }: FoundEngine): Promise<readonly Finding[]> {
  const catalogue = [...registry.values()].map((service) => service.configure({}).image);
  const old = await oldImages(images, catalogue, host);
  return old.length === 0
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
}
