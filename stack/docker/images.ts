/** The images of one engine, as a port: what obtaining an image needs of it, and nothing else. */
import { createReadStream } from "node:fs";
import type Docker from "dockerode";
import { z } from "zod";
import { PlumblineError, messageOf } from "../core/errors.ts";
import { openClient } from "./client.ts";
import type { Client, Environment } from "./client.ts";
import { demultiplex } from "./demultiplex.ts";
import { isNetworkFailure } from "./network-failure.ts";

export interface StoredImage {
  readonly tags: readonly string[];
  /** "postgres@sha256:…": the digests under which registries gave it. */
  readonly digests: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What a registry says of a reference. `absent`: it answered, but this image cannot be had from it. */
export type RegistryAnswer =
  | { readonly kind: "present" }
  | { readonly kind: "absent"; readonly reason: string }
  | { readonly kind: "unreachable"; readonly reason: string };

/** One message of a pull that runs. */
export interface PullEvent {
  readonly id?: string | undefined;
  readonly status?: string | undefined;
  readonly progressDetail?: { readonly current?: number | undefined; readonly total?: number | undefined } | undefined;
}

/** An engine's images, or a fake of them. Requests end when their signal does. */
export interface ImageStore {
  list(): Promise<readonly StoredImage[]>;
  ask(reference: string, signal: AbortSignal): Promise<RegistryAnswer>;
  /** Rejects with the engine's reason. Layers that were complete are kept for the next try. */
  pull(reference: string, event: (event: PullEvent) => void, signal: AbortSignal): Promise<void>;
  /** Makes an image of one layer from a tar file. */
  importTar(path: string, tag: string, changes: readonly string[], signal: AbortSignal): Promise<void>;
  tag(reference: string, tag: string): Promise<void>;
  /** Removes a tag; nothing happens where there is none. */
  untag(tag: string): Promise<void>;
  /** What a command in a container of this image prints. The container is removed in any case. */
  output(reference: string, argv: readonly string[]): Promise<string>;
}

const LIST_DEADLINE_MS = 15_000;
const TAG_DEADLINE_MS = 15_000;
/** A container's start and one short command; an engine that is building at the same time takes seconds for it. */
const OUTPUT_DEADLINE_MS = 60_000;

const Message = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
});

/** The images of the engine at `address` ("unix:///…", "tcp://…"). Nothing is sent yet. */
export async function openImageStore(address: string, env: Environment): Promise<ImageStore> {
  const client = await openClient(address, env);
  const { docker } = client;
  return {
    list: () => client.call("list the images", LIST_DEADLINE_MS, () => list(docker)),
    ask: (reference, signal) => ask(docker, reference, signal),
    pull: async (reference, event, signal) => {
      const stream = await docker.pull(reference, { abortSignal: signal });
      await follow(docker, stream, event, signal);
    },
    importTar: async (path, tag, changes, signal) => {
      const [repo = "", version = "latest"] = tag.split(":");
      const options = { repo, tag: version, changes, abortSignal: signal };
      await follow(docker, await docker.importImage(createReadStream(path), options), () => {}, signal);
    },
    tag: (reference, tag) =>
      client.call(`tag ${reference}`, TAG_DEADLINE_MS, async () => {
        const [repo = "", version = "latest"] = tag.split(":");
        await docker.getImage(reference).tag({ repo, tag: version });
      }),
    untag: (tag) => untag(client, tag),
    output: (reference, argv) =>
      client.call(`run ${argv.join(" ")} in ${reference}`, OUTPUT_DEADLINE_MS, () => output(docker, reference, argv)),
  };
}

async function list(docker: Docker): Promise<readonly StoredImage[]> {
  const images = await docker.listImages();
  // Docker writes null for "none" in these fields before version 25.
  return images.map((image) => ({
    tags: image.RepoTags ?? [],
    digests: image.RepoDigests ?? [],
    labels: image.Labels ?? {},
  }));
}

/** The engine asks the registry, so that its proxies, mirrors and certificates count and not those of this process. */
function ask(docker: Docker, reference: string, signal: AbortSignal): Promise<RegistryAnswer> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve({ kind: "unreachable", reason: "no answer in time" }), {
      once: true,
    });
    docker.modem.dial(
      { path: `/distribution/${reference}/json`, method: "GET", abortSignal: signal, statusCodes: { 200: true } },
      (error) => resolve(error === null ? { kind: "present" } : answerOf(error)),
    );
  });
}

function answerOf(error: Error): RegistryAnswer {
  const reason = reasonOf(error);
  const status = "statusCode" in error ? error.statusCode : undefined;
  const answered = status === 401 || status === 403 || status === 404;
  return { kind: answered && !isNetworkFailure(reason) ? "absent" : "unreachable", reason };
}

/** Docker's message without what docker-modem puts around it: "(HTTP code 500) server error - …". */
function reasonOf(error: unknown): string {
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) .*? - /, "")
    .replace(/\s+/g, " ")
    .trim();
}

function follow(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  event: (event: PullEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
    let failure: string | undefined;
    const finished = (error: Error | null) => {
      const reason = failure ?? (error ? reasonOf(error) : undefined);
      if (reason === undefined) resolve();
      else reject(new Error(reason));
    };
    docker.modem.followProgress(stream, finished, (line: unknown) => {
      const message = Message.safeParse(line);
      if (!message.success) return;
      failure ??= message.data.error;
      event(message.data);
    });
  });
}

async function untag(client: Client, tag: string): Promise<void> {
  try {
    await client.call(`remove the tag ${tag}`, TAG_DEADLINE_MS, async () => {
      await client.docker.getImage(tag).remove();
    });
  } catch (error) {
    if (error instanceof PlumblineError && error.details["status"] === 404) return;
    throw error;
  }
}

async function output(docker: Docker, reference: string, argv: readonly string[]): Promise<string> {
  const container = await docker.createContainer({
    Image: reference,
    Entrypoint: [...argv],
    Cmd: [],
    NetworkDisabled: true,
    Labels: { "plumbline.purpose": "image-version" },
  });
  try {
    await container.start();
    const ended = z.object({ StatusCode: z.number() }).parse(await container.wait());
    const logs = await container.logs({ stdout: true, stderr: true, follow: false });
    const streams = demultiplex(logs);
    if (ended.StatusCode !== 0) throw new Error(`exit code ${ended.StatusCode}: ${streams.all.trim()}`);
    return streams.stdout;
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {}); // the reason of a failure is worth more
  }
}
