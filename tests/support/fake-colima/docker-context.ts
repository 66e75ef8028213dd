import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Place } from "./place.ts";
import { variable, type World } from "./world.ts";

/**
 * Docker contexts, written as files in the client's own format: that needs neither an engine nor a docker client, and
 * `docker --context` reads them.
 */
export function createContext(world: World, place: Place): void {
  const folder = metaFolder(world, place.id);
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true });
  const meta = {
    Name: place.id,
    Metadata: { Description: place.displayName },
    Endpoints: { docker: { Host: `unix://${place.socket}`, SkipTLSVerify: false } },
  };
  writeFileSync(join(folder, "meta.json"), JSON.stringify(meta));
  world.stdout(`${place.id}\nSuccessfully created context "${place.id}"\n`);
}

export function useContext(world: World, place: Place): void {
  writeClientConfig(world, { ...readClientConfig(world), currentContext: place.id });
  world.stdout(`${place.id}\nCurrent context is now "${place.id}"\n`);
}

/** `docker context rm --force`; removing the current one leaves none, and the client silently uses its default. */
export function removeContext(world: World, place: Place): void {
  const folder = metaFolder(world, place.id);
  if (!existsSync(folder)) return;
  rmSync(folder, { recursive: true });
  const { currentContext, ...others } = readClientConfig(world);
  if (currentContext === place.id) writeClientConfig(world, others);
  world.stdout(`${place.id}\n`);
}

export function contextExists(world: World, place: Place): boolean {
  return existsSync(metaFolder(world, place.id));
}

export function currentContext(world: World): string | undefined {
  return readClientConfig(world).currentContext;
}

const ClientConfig = z.looseObject({ currentContext: z.string().optional() });
type ClientConfig = z.infer<typeof ClientConfig>;

function readClientConfig(world: World): ClientConfig {
  const file = clientConfigFile(world);
  return existsSync(file) ? ClientConfig.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
}

function writeClientConfig(world: World, config: ClientConfig): void {
  mkdirSync(clientFolder(world), { recursive: true });
  writeFileSync(clientConfigFile(world), JSON.stringify(config, undefined, "\t"));
}

function clientConfigFile(world: World): string {
  return join(clientFolder(world), "config.json");
}

/** The client finds a context's folder by the SHA-256 of its name (docker/cli `cli/context/store`). */
function metaFolder(world: World, name: string): string {
  return join(clientFolder(world), "contexts", "meta", createHash("sha256").update(name).digest("hex"));
}

function clientFolder(world: World): string {
  return variable(world, "DOCKER_CONFIG") ?? join(variable(world, "HOME") ?? world.directory, ".docker");
}
