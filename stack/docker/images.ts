/** The images of an engine: lists, looks up in registries, pulls, imports, tags. */
import { createReadStream } from "node:fs";
import type Docker from "dockerode";
import { z } from "zod";
import { messageOf } from "../core/errors.ts";
import type { ImageStore, PullEvent, RegistryAnswer, StoredImage, TaggedImage } from "../core/machine/engine.ts";
import { DROPPED_CAPABILITIES, SECURITY_OPTIONS } from "../core/service/confinement.ts";
import { processesOf } from "../core/service/container.ts";
import type { Client } from "./client.ts";
import { PURPOSE_LABEL } from "./containers.ts";
import { demultiplex } from "./demultiplex.ts";
import { isNetworkFailure } from "./network-failure.ts";
import type { CredentialsOf, FoundCredentials } from "../host/registry-credentials.ts";
import { registryOf, repositoryOf } from "../core/service/reference.ts";
import { isNotFound, isRegistryRefusal } from "./refusal.ts";

const LIST_DEADLINE_MS = 15_000;
const TAG_DEADLINE_MS = 15_000;
/** Removing the last tag deletes the image, layer by layer. */
const UNTAG_DEADLINE_MS = 60_000;
/** Starting a container and running one short command; takes seconds while the engine is building. */
const OUTPUT_DEADLINE_MS = 60_000;

const Message = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
});

const Distribution = z.object({ Descriptor: z.object({ digest: z.string() }) });

export function openImages(client: Client, credentialsOf: CredentialsOf): ImageStore {
  const { docker } = client;
  return {
    list: () => client.call("image", "list the images", LIST_DEADLINE_MS, () => list(docker)),
    tagged: (prefix) => client.call("image", "list the images", LIST_DEADLINE_MS, () => tagged(docker, prefix)),
    ask: async (reference, signal) => ask(docker, reference, await credentialsOf(registryOf(reference)), signal),
    pull: async (reference, event, signal) => {
      const { credentials } = await credentialsOf(registryOf(reference));
      const authconfig = credentials ? { authconfig: credentials } : {};
      const stream = await docker.pull(reference, { abortSignal: signal, ...authconfig });
      await follow(docker, stream, event, signal);
    },
    importTar: async (path, tag, changes, signal) => {
      const [repo = "", version = "latest"] = tag.split(":");
      const options = { repo, tag: version, changes, abortSignal: signal };
      await follow(docker, await docker.importImage(createReadStream(path), options), () => {}, signal);
    },
    tag: (reference, tag) =>
      client.call("image", `tag ${reference}`, TAG_DEADLINE_MS, async () => {
        const repo = repositoryOf(tag);
        await docker.getImage(reference).tag({ repo, tag: tag.slice(repo.length + 1) || "latest" });
      }),
    untag: (tag) => untag(client, tag),
    output: (reference, argv) =>
      client.call("image", `run ${argv.join(" ")} in ${reference}`, OUTPUT_DEADLINE_MS, () =>
        output(docker, reference, argv),
      ),
  };
}

async function list(docker: Docker): Promise<readonly StoredImage[]> {
  const images = await docker.listImages();
  // Before version 25, Docker writes null for "none" in these fields.
  return images.map((image) => ({
    tags: image.RepoTags ?? [],
    digests: image.RepoDigests ?? [],
    labels: image.Labels ?? {},
  }));
}

async function tagged(docker: Docker, prefix: string): Promise<readonly TaggedImage[]> {
  const [stored, containers] = await Promise.all([docker.listImages(), docker.listContainers({ all: true })]);
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  return stored.flatMap(({ Id, RepoTags }) =>
    (RepoTags ?? [])
      .filter((reference) => reference.startsWith(prefix))
      .map((reference) => ({ reference, inUse: used.has(Id) })),
  );
}

/** The engine asks the registry, so that its proxies, mirrors and certificates apply, not those of this process. */
function ask(
  docker: Docker,
  reference: string,
  { credentials, problem }: FoundCredentials,
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve({ kind: "unreachable", reason: "no answer in time" }), {
      once: true,
    });
    docker.modem.dial(
      {
        path: `/distribution/${reference}/json`,
        method: "GET",
        abortSignal: signal,
        statusCodes: { 200: true },
        ...(credentials && { authconfig: credentials }),
      },
      (error, answer) => resolve(error === null ? presentIn(answer) : answerOf(error, problem)),
    );
  });
}

/** Source: Docker Engine API, DistributionInspect. */
function presentIn(answer: unknown): RegistryAnswer {
  const digest = Distribution.safeParse(answer).data?.Descriptor.digest;
  return { kind: "present", ...(digest === undefined ? {} : { digest }) };
}

/** Some engines pass a registry's refusal on with 500. */
function answerOf(error: Error, problem: string | undefined): RegistryAnswer {
  const reason = reasonOf(error);
  const status = "statusCode" in error ? error.statusCode : undefined;
  if (isNetworkFailure(reason)) return { kind: "unreachable", reason };
  if (status === 401 || status === 403 || status === 429 || isRegistryRefusal(reason)) {
    return { kind: "refused", reason: problem === undefined ? reason : `${reason}; ${problem}` };
  }
  return { kind: status === 404 ? "absent" : "unreachable", reason };
}

/** Returns Docker's message without docker-modem's prefix "(HTTP code 500) server error - …". */
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
    await client.call("image", `remove the tag ${tag}`, UNTAG_DEADLINE_MS, async () => {
      await client.docker.getImage(tag).remove();
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function output(docker: Docker, reference: string, argv: readonly string[]): Promise<string> {
  const container = await docker.createContainer({
    Image: reference,
    Entrypoint: [...argv],
    Cmd: [],
    NetworkDisabled: true,
    Labels: { [PURPOSE_LABEL]: "image-version" },
    HostConfig: {
      CapDrop: DROPPED_CAPABILITIES,
      SecurityOpt: SECURITY_OPTIONS,
      PidsLimit: processesOf({}),
    },
  });
  try {
    await container.start();
    const ended = z.object({ StatusCode: z.number() }).parse(await container.wait());
    const logs = await container.logs({ stdout: true, stderr: true, follow: false });
    const streams = demultiplex(logs);
    if (ended.StatusCode !== 0) throw new Error(`exit code ${ended.StatusCode}: ${streams.all.trim()}`);
    return streams.stdout;
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {}); // must not hide the reason of a failure
  }
}
