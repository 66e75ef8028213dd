/** How the image of a service can be obtained. Pure data; `stack/images` acts on it. */

/** A Debian release, or unstable. Debian's own spelling. */
export type Suite = "trixie" | "sid";

/** Packages of one Debian suite from which the recipe in the service's `image/` folder makes an image. */
export interface PackageSource {
  readonly suite: Suite;
  /** The packages that the recipe installs. */
  readonly packages: readonly string[];
  /** The package whose version is the image's version. */
  readonly versionOf: string;
}

export interface ImageSpec {
  /** Exact tag in a container registry. */
  readonly registry: string;
  /** Folder below `stack/services/` whose `image/` holds Dockerfile and entry point. */
  readonly recipe: string;
  /** Sources in order of preference; the first that can be had is used. */
  readonly sources: readonly PackageSource[];
}

/** Where the images shall come from: `auto` asks the registry and builds where none answers. */
export type ImagePolicy = "auto" | "registry" | "debian";

/** An image that is present in the engine. */
export interface ObtainedImage {
  /** The reference that compose.yaml uses. */
  readonly reference: string;
  readonly source: "registry" | "debian";
  /** The version of the software inside, read from the image or the tag. */
  readonly version: string;
  /** What a reader must know: "package index past its date: signature checked, freshness not". */
  readonly notes: readonly string[];
}

/** The outcome for one service: an image, or the reason why it cannot be had here. */
export type ImageOutcome =
  | { readonly ok: true; readonly image: ObtainedImage }
  | { readonly ok: false; readonly reason: string; readonly fix: string };
