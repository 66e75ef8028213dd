/** The generated files of the whole stack, also for a command that concerns only some of its services. */
import { desire, type Desired, type DesireInput, type SizedService } from "../../core/desire/desire.ts";
import type { ImagePolicy, ImageSpec } from "../../core/service/image.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { presentImages } from "../../images/obtain.ts";
import { renderFiles, type FileContent } from "../../render/stack.ts";
import type { Host } from "../../host/host.ts";

export interface WholeInput {
  readonly desired: Desired;
  readonly credentials: DesireInput["credentials"];
  /** All services of the profile; `desired` has some or all of them. */
  readonly all: readonly SizedService[];
  readonly engine: Engine;
  readonly policy: ImagePolicy;
  readonly host: Host;
}

/** By path. Services that the command does not concern are in the files as far as their images are in the engine. */
export async function wholeFiles(input: WholeInput): Promise<ReadonlyMap<string, FileContent>> {
  const { desired, credentials, all, engine, policy, host } = input;
  const names = new Set(desired.services.map(({ name }) => name));
  const others = all.filter(({ definition }) => !names.has(definition.name));
  if (others.length === 0) return renderFiles(desired);
  const images = new Map([
    ...(await presentImages(specsOf(others), { engine, policy, host })),
    ...desired.services.map(({ name, image }) => [name, image] as const),
  ]);
  return renderFiles(desire({ ...desired, sized: all, images, credentials }));
}

export function specsOf(sized: readonly SizedService[]): ReadonlyMap<string, ImageSpec> {
  return new Map(sized.map(({ definition }) => [definition.name, definition.image]));
}
