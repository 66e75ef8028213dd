/** What the data of a service allow: which image may follow which, and what they need of memory. Pure. */
import type { EffectiveValue, SettingValue } from "../machine/facts.ts";
import type { Bytes } from "../units.ts";
import { allowedSources, type ImagePolicy, type ImageSource, type ImageSpec, type ObtainedImage } from "./image.ts";
import { versionOfTag } from "./reference.ts";

/** The image whose server last answered on a volume. */
export type WrittenByImage = Pick<ObtainedImage, "source" | "version">;

/** What is known about a service's data, and about the files of its volumes. */
export interface DataRules {
  /**
   * How many leading numbers of the version decide about the files: 1 if all releases of a major version read each
   * other's, 2 if an older minor version does not read the files of a newer one.
   */
  readonly decides: 1 | 2;
  /** Returns why data that the server holds in memory do not fit; absent if they are on disk, and memory is a cache. */
  readonly misfit?: (input: MisfitInput) => Misfit | undefined;
  /** How to take the data to another version, with `{container}` for the name of a container. */
  readonly move: string;
  /** Set if each instance holds a part of the data: how to reach those of instances that the profile lacks. */
  readonly reach?: string;
  /** Set if the registry's image leaves files of another user as they are: the folder, and the server's user. */
  readonly owner?: { readonly folder: string; readonly user: string };
}

/** What a running server holds, and what it would be given. */
export interface MisfitInput {
  /** As `Connection.held`. */
  readonly held: Bytes;
  readonly effective: ReadonlyMap<string, EffectiveValue>;
  /** The settings that it gets; the others stay as they are. */
  readonly wanted: ReadonlyMap<string, SettingValue>;
  /** Memory limit of its container. */
  readonly memory: Bytes;
  /** True if the server starts again, and reads its data from disk; false if it takes the settings while it runs. */
  readonly isNew: boolean;
}

/** The parts of an error. */
export interface Misfit {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

export type Refusal = "another major version" | "an older version";

/** Returns why the data of `from` are not for `to`; undefined if they are, or if a version is not known. */
export function refusal(from: string, to: string, { decides }: Pick<DataRules, "decides">): Refusal | undefined {
  const [fromMajor, fromMinor = 0] = numbersOf(from);
  const [toMajor, toMinor = 0] = numbersOf(to);
  if (fromMajor === undefined || toMajor === undefined) return undefined;
  if (fromMajor !== toMajor) return "another major version";
  return decides === 2 && toMinor < fromMinor ? "an older version" : undefined;
}

function numbersOf(version: string): readonly number[] {
  const found = /^\d+(?:\.\d+)*/.exec(version)?.[0];
  return found === undefined ? [] : found.split(".").map(Number);
}

/** Returns the sources with those of the kind that wrote the data first: `auto` keeps what the data were made with. */
export function keptFirst(
  spec: ImageSpec,
  policy: ImagePolicy,
  source: WrittenByImage["source"] | undefined,
): ImageSpec {
  if (policy !== "auto" || source === undefined) return spec;
  const isKept = ({ kind }: ImageSpec["sources"][number]) => (kind === "registry") === (source === "registry");
  return { sources: [...spec.sources.filter(isKept), ...spec.sources.filter((each) => !isKept(each))] };
}

/**
 * Returns the sources without those of another major version than that of the data, if the policy allows one that is
 * known to have theirs. Otherwise all stay, and the image is refused with the reason.
 */
export function ofSameMajor(spec: ImageSpec, policy: ImagePolicy, version: string | undefined): ImageSpec {
  if (version === undefined) return spec;
  const differs = (source: ImageSource): boolean | undefined => {
    const release = releaseOf(source);
    if (release === "" && source.kind !== "registry") return undefined;
    return refusal(version, release, { decides: 1 }) !== undefined;
  };
  if (allowedSources(spec, policy).every((source) => differs(source) !== false)) return spec;
  return { sources: spec.sources.filter((source) => differs(source) !== true) };
}

/** Returns the release of the software that a source gives, "18.6", "8.0"; "" if the source does not say it. */
export function releaseOf(source: ImageSource): string {
  switch (source.kind) {
    case "registry":
      return versionOfTag(source.reference);
    case "packages":
      return source.release ?? "";
    case "folder":
      return "fixed" in source.version ? source.version.fixed : "";
  }
}
