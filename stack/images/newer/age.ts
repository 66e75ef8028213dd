/** How old the packages of an image are that was built here. Pure. */
import type { ObtainedImage } from "../../core/service/image.ts";

/** An image that is older lacks the fixes of two months. */
export const MOST_DAYS = 60;
const DAY_MS = 24 * 60 * 60_000;

type Dated = Pick<ObtainedImage, "builtOn" | "indexDate">;

/** The age of an image that is too old. */
export interface Age {
  readonly days: number;
  /** The day on which its packages were taken, or that of the index that named them: a mirror may stand still. */
  readonly of: "packages" | "index";
}

/** Returns the day of an instant, in UTC: "2026-11-30". */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** Returns the age in whole days of an image built here, by the earlier of its two dates, if that is too long ago. */
export function ageOf({ builtOn, indexDate }: Dated, now: Date): Age | undefined {
  const [built, index] = [daysSince(builtOn, now), daysSince(indexDate, now)];
  const days = Math.max(built, index);
  if (days <= MOST_DAYS) return undefined;
  return { days, of: built > MOST_DAYS ? "packages" : "index" };
}

function daysSince(day: string | undefined, now: Date): number {
  return day === undefined ? 0 : Math.floor((now.getTime() - Date.parse(day)) / DAY_MS);
}

/** Returns what a person must know about an image that is too old, with the remedy; undefined for all others. */
export function ageNote(image: Dated, now: Date): string | undefined {
  const age = ageOf(image, now);
  return age === undefined ? undefined : `${ageText(age)}: ${ageFix(age)}`;
}

/** Describes an age: "its packages were taken 61 days ago". */
export function ageText({ days, of }: Age): string {
  switch (of) {
    case "packages":
      return `its packages were taken ${days} days ago`;
    case "index":
      return `its package index was made ${days} days ago`;
  }
}

/** Returns what helps: a mirror that stands still gives the same packages again. */
export function ageFix({ of }: Age): string {
  switch (of) {
    case "packages":
      return `\`${REFRESH}\` takes those of today`;
    case "index":
      return `name a mirror that is up to date, and has security updates, in PLUMBLINE_DEBIAN_MIRROR, then \`${REFRESH}\``;
  }
}

/** The command that builds images anew. */
const REFRESH = "npm run up -- --refresh";
