/** How the image of a service can be obtained. Pure data; `stack/images` carries it out. */

export const SUITES = ["trixie", "sid"] as const;

/** A Debian release, or unstable, in Debian's spelling. */
export type Suite = (typeof SUITES)[number];

/**
 * Returns a suite's edition, a day such as "2026-11-30": images are built from the packages of that day or later. A
 * suite without an edition is undefined.
 */
export type EditionOf = (suite: Suite) => string | undefined;

/** An image under an exact tag of a container registry: "postgres:18.6", or with its digest "postgres:18.6@sha256:…". */
export interface RegistrySource {
  readonly kind: "registry";
  readonly reference: string;
  readonly standIn?: string;
}

/** Where the version of the software in a built image comes from. */
export type VersionSource =
  /** The version of this Debian package in the image. */
  | { readonly package: string }
  /** The first group of the pattern, matched with the output of a command in a container of the image. */
  | { readonly command: readonly string[]; readonly pattern: RegExp }
  /** A fixed version, because the recipe pins the wheel or the module: "v2.7.0". */
  | { readonly fixed: string };

interface Recipe {
  /** Folder below `stack/services/` with the Dockerfile and every file that it copies: "postgres/image". */
  readonly folder: string;
  /** The suite of the base image; passed to the Dockerfile as BASE. */
  readonly suite: Suite;
  readonly version: VersionSource;
  /**
   * The program in the image, if it is not the service's namesake but speaks the same protocol: "OpenBao". The plan,
   * `status`, results and fingerprints name it.
   */
  readonly standIn?: string;
}

/** Packages of one Debian suite; passed to the Dockerfile as PACKAGES. */
export interface PackagesSource extends Recipe {
  readonly kind: "packages";
  readonly packages: readonly string[];
  /**
   * The release of the software in them, "17", if the suite keeps to it or their names hold it. Absent: a suite that
   * moves on decides, such as unstable.
   */
  readonly release?: string;
}

/** A Dockerfile that builds the program from sources in its folder, or from a pinned wheel, module or package. */
export interface FolderSource extends Recipe {
  readonly kind: "folder";
  /** The suite of a compiling stage, if that needs newer tools than the base has; passed to the Dockerfile as TOOLS. */
  readonly tools?: Suite;
  /** Further build arguments: { MODULE: "example.org/tool@v1.2.3" }. Never a secret: the image keeps them. */
  readonly args?: Readonly<Record<string, string>>;
}

/** A source from which the image is built on this machine. */
export type BuildSource = PackagesSource | FolderSource;

export type ImageSource = RegistrySource | BuildSource;

export interface ImageSpec {
  /** In order of preference; the first available one is used. */
  readonly sources: readonly ImageSource[];
}

/** Where images come from: `auto` asks the registry first, and builds if no registry answers. */
export type ImagePolicy = "auto" | "registry" | "debian";

/**
 * Returns the sources that a policy allows, in order. `registry` allows builds only for services that no registry has
 * by design, because all their sources are builds.
 */
export function allowedSources({ sources }: ImageSpec, policy: ImagePolicy): readonly ImageSource[] {
  switch (policy) {
    case "auto":
      return sources;
    case "registry": {
      const published = sources.filter(({ kind }) => kind === "registry");
      return published.length > 0 ? published : sources;
    }
    case "debian":
      return sources.filter(({ kind }) => kind !== "registry");
  }
}

/** Describes a source: "postgres:18.6", "a build from Debian's packages (sid: postgresql-18)". */
export function sourceText(source: ImageSource): string {
  return `${originText(source)}${source.standIn === undefined ? "" : `, with ${source.standIn} as stand-in`}`;
}

function originText(source: ImageSource): string {
  switch (source.kind) {
    case "registry":
      return source.reference;
    case "packages":
      return `a build from Debian's packages (${source.suite}: ${source.packages.join(" ")})`;
    case "folder":
      return `a build of ${source.folder} on Debian ${source.suite}`;
  }
}

/** An image that is present in the engine. */
export interface ObtainedImage {
  /** The reference that compose.yaml uses. */
  readonly reference: string;
  /** "debian": built on this machine on a Debian base, from packages or from a folder. */
  readonly source: "registry" | "debian";
  /** Version of the software in the image, read from the image or the tag. */
  readonly version: string;
  /** The program in the image, if it is not the service's namesake but speaks the same protocol. */
  readonly standIn?: string;
  /** Of an image built here: the day on which the packages of its base were taken, "2026-11-30". */
  readonly builtOn?: string;
  /** Of an image built here: the date of the newest package index of its base, "2026-11-29". */
  readonly indexDate?: string;
  /** What a reader must know: "package index past its date: signature checked, freshness not". */
  readonly notes: readonly string[];
}

/** Returns the note on an image whose program is not the service's namesake. */
export function standInNote(standIn: string): string {
  return `${standIn} stands in: another program with the same protocol`;
}

/** The outcome for one service: an image, or the reason why none is available here. */
export type ImageOutcome =
  | { readonly ok: true; readonly image: ObtainedImage }
  | { readonly ok: false; readonly reason: string; readonly fix: string };
