/** Finds out what is known about images without obtaining any. */
import type { SizedService } from "../../core/desire/desire.ts";
import type { Engine } from "../../core/machine/engine.ts";
import type { LeftOut } from "../../core/results/commands/parts.ts";
import {
  allowedSources,
  sourceText,
  type ImagePolicy,
  type ImageSpec,
  type ObtainedImage,
} from "../../core/service/image.ts";
import type { Host } from "../../host/host.ts";
import { presentImages } from "../../images/obtain.ts";
import type { EditionsCounted } from "../../images/present.ts";
import { keepSources } from "../volumes/versions.ts";
import type { FoundImages, ImageSource } from "./desired.ts";

export interface InEngine {
  readonly engine: Engine;
  readonly policy: ImagePolicy;
  readonly host: Host;
  readonly stack: string;
  /** By default any: what runs may be of an edition before the lock file's. */
  readonly editions?: EditionsCounted;
}

/** Resolves images by service; images that are not in the engine are absent. */
export async function imagesInEngine(
  services: readonly SizedService[],
  { engine, policy, host, stack, editions = "any" }: InEngine,
): Promise<ReadonlyMap<string, ObtainedImage>> {
  const kept = await keepSources(services, { engine, stack, policy });
  return presentImages(specsOf(kept), { engine, policy, host, editions });
}

/** For use before there is an engine: every image is unknown. */
export function unknownImages(policy: ImagePolicy): ImageSource {
  return {
    wanted: async (services) => {
      const images = services.map(
        ({ definition }) => [definition.name, unknownImage(definition.image, policy)] as const,
      );
      return { images: new Map(images), leftOut: [] };
    },
    others: async () => new Map(),
  };
}

interface Present {
  readonly services: readonly SizedService[];
  readonly present: ReadonlyMap<string, ObtainedImage>;
  readonly policy: ImagePolicy;
  /** Returns whether a service stays wanted without an image. */
  readonly keep: (service: string) => boolean;
}

/**
 * Adds placeholders for services that stay wanted without an image. Other services without an image, and services that
 * require them, are left out.
 */
export function withUnknown({ services, present, policy, keep }: Present): FoundImages {
  const requires = new Map(services.map((service) => [service.definition.name, service.requires]));
  const has = (name: string): boolean =>
    (present.has(name) || keep(name)) && (requires.get(name) ?? []).every((required) => has(required));
  const images = new Map<string, ObtainedImage>();
  const leftOut: LeftOut[] = [];
  for (const { definition } of services) {
    const { name } = definition;
    if (has(name)) images.set(name, present.get(name) ?? unknownImage(definition.image, policy));
    else leftOut.push({ service: name, reason: reasonOf(name, present), fix: "`npm run up` tries to obtain it." });
  }
  return { images, leftOut };
}

function reasonOf(name: string, present: ReadonlyMap<string, ObtainedImage>): string {
  return present.has(name) ? "what it requires has no image in the engine" : "its image is not in the engine";
}

/** Returns a placeholder for an image that is not in the engine; its reference is known only after it is obtained. */
export function unknownImage(spec: ImageSpec, policy: ImagePolicy): ObtainedImage {
  const [first] = allowedSources(spec, policy);
  const image = { reference: imageOrigin(spec, policy), version: "not known yet", notes: [] };
  const source = first !== undefined && first.kind !== "registry" ? "debian" : "registry";
  return { ...image, source, ...(first?.standIn === undefined ? {} : { standIn: first.standIn }) };
}

/**
 * Describes where an image will come from. Sources of one kind differ in details only, so the first one represents
 * them.
 */
export function imageOrigin(spec: ImageSpec, policy: ImagePolicy): string {
  const sources = allowedSources(spec, policy);
  const first = (["registry", "packages", "folder"] as const).map((kind) => sources.find((each) => each.kind === kind));
  const texts = sources.filter((source) => first.includes(source)).map(sourceText);
  return texts.length === 0 ? "no source" : texts.join(", or ");
}

export function specsOf(services: readonly SizedService[]): ReadonlyMap<string, ImageSpec> {
  return new Map(services.map(({ definition }) => [definition.name, definition.image]));
}
