/** Images of the same recipe and another edition: the newest one serves while that of the edition cannot be built. Pure. */
import type { StoredImage } from "../../core/machine/engine.ts";
import { compareText } from "../../core/compare.ts";
import type { ObtainedImage } from "../../core/service/image.ts";
import { IMAGE_LABELS, agesOf, builtImage, type Candidate } from "../recipe.ts";

type Labelled = Pick<StoredImage, "tags" | "labels">;

/** Returns the newest image of a service that was built by this recipe, of another edition than the candidate's. */
export function findOtherEdition(
  images: readonly Labelled[],
  service: string,
  candidate: Candidate,
): ObtainedImage | undefined {
  return othersOf(images, candidate).flatMap((image) => builtImage(image, service, candidate.source) ?? [])[0];
}

/**
 * Returns the images of the recipe that are of another edition, the newest first; those of one day in the order of
 * `images`, in which an engine lists the newest first.
 */
export function othersOf<Image extends Pick<StoredImage, "labels">>(
  images: readonly Image[],
  { hash, anyEdition }: Omit<Candidate, "source">,
): readonly Image[] {
  return images
    .filter(({ labels }) => {
      const recipe = labels[IMAGE_LABELS.recipe];
      if (recipe === undefined || recipe === hash) return false;
      return recipe === anyEdition || labels[IMAGE_LABELS.anyEdition] === anyEdition;
    })
    .toSorted((a, b) => compareText(dateOf(b), dateOf(a)));
}

/** Sorts by the day of the packages, then by that of their index, then by that of the build. */
function dateOf({ labels }: Pick<StoredImage, "labels">): string {
  const { builtOn = "", indexDate = "" } = agesOf({ labels });
  return [builtOn, indexDate, labels[IMAGE_LABELS.built] ?? ""].join(" ");
}
