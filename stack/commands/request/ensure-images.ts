/** Obtains the images of the wanted services. A service without one is left out, with the reason. */
import { join } from "node:path";
import type { SizedService } from "../../core/desire/desire.ts";
import { PlumblineError } from "../../core/errors.ts";
import type { ObtainedImage } from "../../core/service/image.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { unlessAborted } from "../../converge/execution/unless-aborted.ts";
import { openCompose } from "../../docker/compose.ts";
import { debianBuildNeeds } from "../../images/needs.ts";
import { obtainImages } from "../../images/obtain.ts";
import { keepSources } from "../volumes/versions.ts";
import { ensureBuilder } from "./ensure-runtime.ts";
import { obtainRenewed, renewDigests, type Obtain } from "./refresh.ts";
import { provisionEngine } from "../../runtimes/provision/index.ts";
import type { Wanted } from "./request.ts";
import type { UpControls, UpOptions } from "./up-options.ts";

export interface LeftOut {
  readonly service: string;
  readonly reason: string;
  readonly fix: string;
}

export interface EnsureImages {
  readonly wanted: Wanted;
  readonly sized: readonly SizedService[];
  readonly engine: Engine;
  readonly options: Pick<UpOptions, "images" | "caBundle" | "provision" | "refresh">;
  readonly controls: UpControls;
}

export interface EnsuredImages {
  readonly images: ReadonlyMap<string, ObtainedImage>;
  readonly leftOut: readonly LeftOut[];
  /** Notes the editions that the images were built of, with `refresh`: called once nothing is against these images. */
  readonly noteEditions: () => Promise<void>;
}

/** Rejects with IMAGE_UNAVAILABLE if no service at all has an image. */
export async function ensureImages({ wanted, sized, engine, options, controls }: EnsureImages): Promise<EnsuredImages> {
  const { report, signal } = controls;
  const { host, folder, profile } = wanted;
  const policy = options.images ?? profile.images;
  const kept = await unlessAborted(keepSources(sized, { engine, stack: wanted.stack, policy }), signal);
  const specs = new Map(kept.map(({ definition }) => [definition.name, definition.image]));
  const refreshing = { engine, host, policy, report, signal };
  const compose = openCompose(engine, host.env);
  const obtain: Obtain = (given) =>
    obtainImages(specs, {
      ...given,
      engine,
      compose,
      policy,
      report,
      signal,
      host,
      ...(options.caBundle === undefined ? {} : { caBundle: options.caBundle }),
      beforeBuild: async () => {
        await ensureBuilder(wanted, compose, options.provision, controls);
        const extraPackages = await debianBuildNeeds(host);
        if (extraPackages.length === 0 || (await host.which("apt-get")) === undefined) return;
        const stateFolder = join(folder.root, "engine");
        await provisionEngine({
          host,
          stateFolder,
          engine: false,
          compose: false,
          extraPackages,
          report,
          signal,
          allow: options.provision,
        });
      },
    });
  const { outcomes, noteEditions } =
    options.refresh === true
      ? await obtainRenewed(specs, await renewDigests(specs, obtain, refreshing), refreshing)
      : { outcomes: await obtain({}), noteEditions: async () => {} };
  const images = new Map<string, ObtainedImage>();
  const leftOut: LeftOut[] = [];
  for (const [service, outcome] of outcomes) {
    if (outcome.ok) images.set(service, outcome.image);
    else leftOut.push({ service, reason: outcome.reason, fix: outcome.fix });
  }
  dropDependents(sized, images, leftOut);
  if (images.size === 0) throw unavailable(leftOut);
  for (const { service, reason } of leftOut) report({ kind: "warning", text: `${service} is left out: ${reason}` });
  return { images, leftOut, noteEditions };
}

/** Also leaves out services that require a service without an image. */
function dropDependents(sized: readonly SizedService[], images: Map<string, ObtainedImage>, leftOut: LeftOut[]): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const { definition, requires } of sized) {
      const missing = requires.find((name) => !images.has(name));
      if (missing === undefined || !images.delete(definition.name)) continue;
      leftOut.push({
        service: definition.name,
        reason: `it needs ${missing}, which is left out`,
        fix: `See ${missing}.`,
      });
      changed = true;
    }
  }
}

function unavailable(leftOut: readonly LeftOut[]): PlumblineError {
  return new PlumblineError("IMAGE_UNAVAILABLE", {
    what: "No service of the profile has an image that can be had here",
    why: leftOut.map(({ service, reason }) => `${service}: ${reason}`).join("\n"),
    fix: [...new Set(leftOut.map(({ fix }) => fix))].join("\n"),
    details: { leftOut },
  });
}
