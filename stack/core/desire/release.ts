/** Compares the release of an image with the one whose settings are known. Pure. */
import { releaseOf } from "../service/data-version.ts";
import type { ImageSpec } from "../service/image.ts";

/**
 * Returns whether a version is of another release: "18.6" is of the release "18", and "9.6.1" is not of "9.7". Undefined
 * for what is no version, such as "not known yet".
 */
export function isOtherRelease(version: string, release: string): boolean | undefined {
  const found = numbersOf(version);
  if (found.length === 0) return undefined;
  return numbersOf(release).some((number, index) => found[index] !== number);
}

/**
 * Returns whether one of the sources gives, or may give, another release: those whose release is known only once they are
 * built are among them, and tags of a registry that name no version are not.
 */
export function mayBeOtherRelease({ sources }: ImageSpec, release: string): boolean {
  return sources.some((source) => isOtherRelease(releaseOf(source), release) ?? source.kind !== "registry");
}

function numbersOf(version: string): readonly number[] {
  const found = /^v?(\d+(?:\.\d+)*)/.exec(version)?.[1];
  return found === undefined ? [] : found.split(".").map(Number);
}
