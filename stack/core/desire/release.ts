/** Compares the release of an image with the one whose settings are known. Pure. */
import type { ImageSpec } from "../service/image.ts";
import { versionOfTag } from "../service/reference.ts";

/**
 * Returns whether a version is of another release: "18.6" is of the release "18", and "9.6.1" is not of "9.7". Undefined
 * for what is no version, such as "not known yet".
 */
export function isOtherRelease(version: string, release: string): boolean | undefined {
  const found = numbersOf(version);
  if (found.length === 0) return undefined;
  return numbersOf(release).some((number, index) => found[index] !== number);
}

/** Returns whether a registry's tag names another release. Images from packages have the release of the table. */
export function mayBeOtherRelease({ sources }: ImageSpec, release: string): boolean {
  return sources.some(
    (source) => source.kind === "registry" && isOtherRelease(versionOfTag(source.reference), release) === true,
  );
}

function numbersOf(version: string): readonly number[] {
  const found = /^v?(\d+(?:\.\d+)*)/.exec(version)?.[1];
  return found === undefined ? [] : found.split(".").map(Number);
}
