/** Keeps the source that the data of a stack were made with, and refuses an image that their files are not for. */
import type { Desired, SizedService } from "../../core/desire/desire.ts";
import { selectedServices } from "../../core/desire/desire.ts";
import { PlumblineError } from "../../core/errors.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { keptFirst, refusal, type WrittenByImage } from "../../core/service/data-version.ts";
import type { ImagePolicy } from "../../core/service/image.ts";
import { versionOfTag } from "../../core/service/reference.ts";
import { BUILT_IMAGES } from "../../images/old.ts";
import { projectName, recordOf, serviceOfVolume } from "../../core/stack-names.ts";
import { volumesOf } from "../../converge/volumes.ts";

type DataEngine = Pick<Engine, "writtenBy" | "containers">;

/** Returns the services with the sources first that their data were made with, unless the policy names a source. */
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
  if (policy !== "auto" || services.every(({ definition }) => definition.data === undefined)) return services;
  const project = projectName(stack);
  const known = services.map(({ definition }) => definition.name);
  const sources = new Map<string, WrittenByImage["source"]>();
  for (const { service, image } of await engine.containers(project)) sources.set(service, writerOf(image).source);
  for (const [volume, { source }] of await engine.writtenBy.all(project)) {
    const service = serviceOfVolume(project, volume, known);
    if (service !== undefined) sources.set(service, source);
  }
  return services.map((sized) => {
    const { definition } = sized;
    const image = keptFirst(definition.image, policy, sources.get(definition.name));
    return { ...sized, definition: { ...definition, image } };
  });
}

/** Rejects with VOLUME_INCOMPATIBLE, with the way to go, before anything is changed. */
export async function refuseOtherVersions(engine: DataEngine, desired: Desired): Promise<void> {
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
        const why = whyNot(from, service, volume);
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
): { readonly why: string; readonly fix: string } | undefined {
  if (data === undefined) return undefined;
  const keep =
    from.source === image.source
      ? `Keep the data with the release of Plumbline that brought them up, whose ${name} is ${from.version}`
      : `Keep the data with the image that wrote them: \`npm run up -- --images ${from.source}\``;
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

function sourceName(source: WrittenByImage["source"]): string {
  switch (source) {
    case "registry":
      return "a registry";
    case "debian":
      return "Debian's packages";
  }
}
