/** Reads and replaces single files of a container, which need not run: its volumes are mounted for the request. */
import { posix } from "node:path";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { QUICK_DEADLINE_MS, type Client } from "../client.ts";
import { isConflict, isNotFound } from "../refusal.ts";
import { readTar, writeTar, type TarFile } from "./tar.ts";

/** Resolves the text of a file; undefined if the file or the container does not exist. */
export async function readContainerFile(
  client: Client,
  containerId: string,
  path: string,
): Promise<string | undefined> {
  return (await fetchFile(client, containerId, path))?.content.toString("utf8");
}

/**
 * Writes a copy of the file beside it, named `copy`, and then the new text; owner and mode stay. Rejects with
 * ENGINE_REFUSED if the file does not exist.
 */
export async function replaceContainerFile(
  client: Client,
  containerId: string,
  path: string,
  { text, copy }: { readonly text: string; readonly copy: string },
): Promise<void> {
  const file = await fetchFile(client, containerId, path);
  if (!file) throw new Error(`${path} does not exist in container ${containerId.slice(0, 12)}`);
  const archive = writeTar([
    { ...file, name: copy },
    { ...file, name: posix.basename(path), content: Buffer.from(text) },
  ]);
  await client.call("container", `replace ${path}`, QUICK_DEADLINE_MS, async (abortSignal) => {
    const options = { path: posix.dirname(path), abortSignal };
    await client.docker.getContainer(containerId).putArchive(archive, options);
  });
}

async function fetchFile(client: Client, containerId: string, path: string): Promise<TarFile | undefined> {
  try {
    const archive = await client.call("container", `read ${path}`, QUICK_DEADLINE_MS, async (abortSignal) => {
      const stream = await client.docker.getContainer(containerId).getArchive({ path, abortSignal });
      return buffer(Readable.from(stream));
    });
    return readTar(archive)[0];
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return undefined; // it is being removed
    throw error;
  }
}
