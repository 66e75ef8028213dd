/** Keeps the source that the data of a stack were made with, and refuses an image that their files are not for. */
import type { Desired, SizedService } from "../../core/desire/desire.ts";
import { selectedServices } from "../../core/desire/desire.ts";
import { PlumblineError } from "../../core/errors.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { keptFirst, ofSameMajor, refusal, type WrittenByImage } from "../../core/service/data-version.ts";
import type { ImagePolicy } from "../../core/service/image.ts";
import { versionOfTag } from "../../core/service/reference.ts";
import { BUILT_IMAGES } from "../../images/old.ts";
import { projectName, recordOf, serviceOfVolume } from "../../core/stack-names.ts";
import { volumesOf } from "../../converge/volumes.ts";

type DataEngine = Pick<Engine, "writtenBy" | "containers">;

/**
 * Returns the services with the sources first that their data were made with, unless the policy names a source, and
 * without sources of another major version than that of the data.
 */
export async function keepSources(
  services: readonly SizedService[],
  {
    engine,
    stack,
    policy,
  }: { readonly engine: DataEngine } & {
    readonly stack: string;
    readonly policy: ImagePolicy;
  },
): Promise<readonly SizedService[]> {
  if (policy === "registry" || services.every(({ definition }) => definition.data === undefined)) return services;
  const project = projectName(stack);
  const known = services.map(({ definition }) => definition.name);
  const writers = new Map<string, WrittenByImage>();
  for (const { service, image } of await engine.containers(project)) writers.set(service, writerOf(image));
  for (const [volume, writer] of await engine.writtenBy.all(project)) {
    const service = serviceOfVolume(project, volume, known);
    if (service !== undefined) writers.set(service, writer);
  }
  return services.map((sized) => {
    const { definition } = sized;
    const writer = definition.data === undefined ? undefined : writers.get(definition.name);
    const kept = keptFirst(definition.image, policy, writers.get(definition.name)?.source);
    return { ...sized, definition: { ...definition, image: ofSameMajor(kept, policy, writer?.version) } };
  });
}

/** Rejects with VOLUME_INCOMPATIBLE, with the way to go, before anything is changed. `lockFile`: that of images. */
export async function refuseOtherVersions(engine: DataEngine, desired: Desired, lockFile: string): Promise<void> {
  const project = projectName(desired.stack);
  const records = await engine.writtenBy.all(project);
  // A volume without a record belongs to a stack that was brought up before there were any: its container tells.
  const containers = new Map((await engine.containers(project)).map(({ instance, image }) => [instance, image]));
  const refusals = selectedServices(desired).flatMap((service) => {
    const { data } = service.definition;
    if (data === undefined) return [];
    return service.instances.flatMap((instance) =>
      volumesOf(desired, instance).flatMap((volume) => {
        const image = containers.get(instance.name);
        const from = records.get(volume) ?? (image === undefined ? undefined : writerOf(image));
        if (from === undefined) return [];
        const why = whyNot(from, service, volume, lockFile);
        return why === undefined
          ? []
          : [{ ...why, service: service.name, volume, container: `${project}-${instance.name}` }];
      }),
    );
  });
  if (refusals.length === 0) return;
  throw new PlumblineError("VOLUME_INCOMPATIBLE", {
    what: `The data of ${[...new Set(refusals.map(({ service }) => service))].join(", ")} are not for the image that would run`,
    why: refusals.map(({ why }) => why).join("\n"),
    fix: [...new Set(refusals.map(({ fix, container }) => fix.replaceAll("{container}", container)))].join("\n"),
    details: { volumes: refusals.map(({ volume }) => volume) },
  });
}

/** Returns which image a container was made from. */
function writerOf(image: string): WrittenByImage {
  return { source: image.startsWith(BUILT_IMAGES) ? "debian" : "registry", version: versionOfTag(image) };
}

function whyNot(
  from: WrittenByImage,
  { name, image, definition: { data } }: Desired["services"][number],
  volume: string,
  lockFile: string,
): { readonly why: string; readonly fix: string } | undefined {
  if (data === undefined) return undefined;
  const keep = keepText(from, image.source, { name, lockFile });
  const reason = refusal(from.version, image.version, data);
  if (reason !== undefined) {
    const to = `${name} ${image.version} from ${sourceName(image.source)}`;
    const why = `${volume} was written by ${from.version} from ${sourceName(from.source)}, and ${to} is ${reason}`;
    return { why, fix: `${keep}. To move them: ${data.move}` };
  }
  if (data.owner === undefined || from.source === image.source || image.source !== "registry") return undefined;
  const { folder, user } = data.owner;
  const give = `docker run --rm --user 0 --volume ${volume}:${folder} --entrypoint chown ${image.reference} -R ${user}: ${folder} && docker volume rm ${recordOf(volume)}`;
  return {
    why: `the files in ${volume} belong to the user of the other image, and ${image.reference} leaves them as they are`,
    fix: `${keep}. To take this image: \`npm run down\`, then ${give}, then \`npm run up -- --images registry\``,
  };
}

function keepText(
  from: WrittenByImage,
  source: WrittenByImage["source"],
  { name, lockFile }: { readonly name: string } & { readonly lockFile: string },
): string {
  if (from.source !== source) {
    return `Keep the data with the image that wrote them: \`npm run up -- --images ${from.source}\``;
  }
  const release = `the release of Plumbline that brought them up, whose ${name} is ${from.version}`;
  if (source === "registry") return `Keep the data with ${release}`;
  return `Keep the data with the image that wrote them: \`npm run up\` without \`--refresh\`, and, if ${lockFile} has a newer edition of its suite, with that set back to the one before; or with ${release}`;
}

function sourceName(source: WrittenByImage["source"]): string {
  switch (source) {
    case "registry":
      return "a registry";
    case "debian":
      return "Debian's packages";
  }
}
