/** The server's own cache at a tenth: its conf file says so, and a restart takes it. */
import { readFile, writeFile } from "node:fs/promises";
import { bytes, formatBytes, MIB } from "../../../../stack/core/units.ts";
import { observeStack } from "../../../../stack/converge/observe.ts";
import type { Injected, Scene } from "../scene.ts";
import { restart } from "./revive.ts";
import { impossible } from "./impossible.ts";

/** The settings that size a cache, by the servers' own names. */
const CACHES = ["shared_buffers", "innodb_buffer_pool_size"];
/** A buffer pool is rounded up to whole chunks, so these shrink with it. */
const CHUNKS = ["innodb_buffer_pool_chunk_size"];
const SHARE = 10;

/** Resolves when the server reports the smaller cache. A run reads it back, as `verify` would. */
export async function shrinkBuffers(scene: Scene): Promise<Injected> {
  const { stack, service, instance } = scene;
  const setting = service.settings.find(({ name }) => CACHES.includes(name));
  if (typeof setting?.value !== "number") throw impossible(`${service.name} has no cache that is set`);
  const less = Math.max(MIB, Math.floor(setting.value / SHARE / MIB) * MIB);
  const changes = [
    [setting.name, less] as const,
    ...service.settings.filter(({ name }) => CHUNKS.includes(name)).map(({ name }) => [name, MIB] as const),
  ];
  const file = instance.files.find(({ text }) => text !== undefined && lineOf(setting.name).test(text));
  if (file === undefined) throw impossible(`no conf file of ${service.name} sets ${setting.name}`);
  const path = stack.wanted.folder.file(`conf/${instance.name}/${file.path}`);
  const before = await readFile(path, "utf8");
  const after = changes.reduce((text, [name, value]) => {
    return text.replace(lineOf(name), `${name} = ${service.definition.spell(value, "bytes")}`);
  }, before);
  const undo = async () => {
    await writeFile(path, before);
    await restart(scene);
  };
  try {
    await writeFile(path, after);
    await restart(scene);
    const observation = await observeStack(stack.world, stack.desired);
    const found = observation.effective.get(instance.name)?.get(setting.name)?.value;
    const size = typeof found === "number" ? formatBytes(bytes(found)) : "an unknown size";
    if (found === setting.value) throw impossible(`${setting.name} is still ${size} after a restart`);
    return { detail: `${setting.name} of ${size}`, undo };
  } catch (error) {
    await undo();
    throw error;
  }
}

export function hasBuffers({ settings }: Scene["service"]): boolean {
  return settings.some(({ name }) => CACHES.includes(name));
}

function lineOf(setting: string): RegExp {
  return new RegExp(`^${setting} = .*$`, "m");
}
