/**
 * Images that behave like the official ones, with Debian's servers in them: their users, paths and entry points. They
 * are tagged at a registry that nobody runs, so that only who names it gets them.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openEngine } from "../../../stack/docker/engine.ts";
import type { ImageSpec } from "../../../stack/core/service/image.ts";
import { obtainImages } from "../../../stack/images/obtain.ts";
import { image as mysql } from "../../../stack/services/mysql/image/spec.ts";
import { image as pgbouncer } from "../../../stack/services/pgbouncer/image/spec.ts";
import { image as postgres } from "../../../stack/services/postgres/image/spec.ts";
import { image as rabbitmq } from "../../../stack/services/rabbitmq/image/spec.ts";
import { image as redis } from "../../../stack/services/redis/image/spec.ts";
import { command } from "../images/docker.ts";

const SPECS = { postgres, mysql, redis, rabbitmq, pgbouncer } as const satisfies Readonly<Record<string, ImageSpec>>;

export type OfficialImage = keyof typeof SPECS;

const BUILD_DEADLINE_MS = 300_000;
/** RFC 2606 reserves the name: no registry can answer there. */
const PLACE = "official.invalid/";

/**
 * With this environment, `up --images registry` finds the images in the engine, and no other run does.
 */
export const OFFICIAL: Readonly<Record<string, string>> = {
  PLUMBLINE_REGISTRY_PREFIX: PLACE,
  // Digests of the official images are none of theirs.
  PLUMBLINE_IMAGES_LOCK: join(tmpdir(), "plumbline-official-images.lock.json"),
};

/** Builds and tags the images, and resolves their references by service. The engine's cache makes it quick again. */
export async function officialImages(services: readonly OfficialImage[]): Promise<Readonly<Record<string, string>>> {
  const servers = await obtainImages(new Map(services.map((service) => [service, SPECS[service]])), {
    engine: await openEngine(process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock"),
    policy: "debian",
    report: () => {},
    signal: new AbortController().signal,
  });
  const built: Record<string, string> = {};
  for (const service of services) {
    const server = servers.get(service);
    if (server?.ok !== true) throw new Error(`${service}: ${server?.reason}`);
    built[service] = await build(service, server.image.reference);
  }
  return built;
}

async function build(service: OfficialImage, server: string): Promise<string> {
  const tag = `${PLACE}${tagOf(SPECS[service])}`;
  const folder = fileURLToPath(new URL(service, import.meta.url));
  const options = ["--quiet", "--build-arg", `SERVER=${server}`, "--tag", tag];
  await command(["docker", "build", ...options, folder], BUILD_DEADLINE_MS);
  return tag;
}

function tagOf({ sources }: ImageSpec): string {
  for (const source of sources) if (source.kind === "registry") return source.reference;
  throw new Error("no registry has this image");
}
