/** How old the packages of an image are that was built here. Pure. */
import type { ObtainedImage } from "../../core/service/image.ts";

/** An image that is older lacks the fixes of two months. */
export const MOST_DAYS = 60;
const DAY_MS = 24 * 60 * 60_000;

/** Returns the day of an instant, in UTC: "2026-11-30". */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** Returns the age in whole days of an image built here, if it is too old; undefined for all others. */
export function daysOld({ builtOn }: Pick<ObtainedImage, "builtOn">, now: Date): number | undefined {
  if (builtOn === undefined) return undefined;
  const days = Math.floor((now.getTime() - Date.parse(builtOn)) / DAY_MS);
  return days > MOST_DAYS ? days : undefined;
}

/** Returns what a person must know about an image that is too old, with the remedy; undefined for all others. */
export function ageNote(image: Pick<ObtainedImage, "builtOn">, now: Date): string | undefined {
  const days = daysOld(image, now);
  return days === undefined
    ? undefined
    : `its packages were taken ${days} days ago: \`${REFRESH}\` takes those of today`;
}

/** The command that builds images anew. */
export const REFRESH = "npm run up -- --refresh";
