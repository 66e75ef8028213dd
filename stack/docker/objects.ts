/** What taking a stack away needs of an engine, as a port: stopping, networks, volumes and built images. */
import { z } from "zod";
import type { Bytes } from "../core/units.ts";
import { bytes } from "../core/units.ts";
import { isNotFound, openClient, QUICK_DEADLINE_MS, type Client, type Environment } from "./client.ts";
import { PROJECT_LABEL } from "./containers.ts";

export interface Volume {
  readonly name: string;
  /** Undefined where the engine does not say. */
  readonly size?: Bytes;
}

export interface BuiltImage {
  readonly reference: string;
  /** A container is made from it, of this stack or another. */
  readonly inUse: boolean;
}

/** Objects of one engine, or a fake of them. Removing what is gone already is as good. */
export interface StackObjects {
  /** Stops a container within its own stop grace; the engine ends by force what takes longer. */
  stop(containerId: string): Promise<void>;
  networks(project: string): Promise<readonly string[]>;
  removeNetwork(name: string): Promise<void>;
  volumes(project: string): Promise<readonly Volume[]>;
  removeVolume(name: string): Promise<void>;
  /** Images whose reference begins with this. */
  images(prefix: string): Promise<readonly BuiltImage[]>;
  removeImage(reference: string): Promise<void>;
  /** Containers that were made for one short look into an image, and that a killed run left. */
  strays(): Promise<readonly { readonly id: string; readonly name: string }[]>;
}

/** Beyond the grace that a container itself is given. */
const STOP_DEADLINE_MS = 30_000;
/** Docker's own stop grace for a container without one. */
const DEFAULT_GRACE_SECONDS = 10;
const REMOVE_DEADLINE_MS = 60_000;
/** The engine walks through every volume to know its size. */
const SIZES_DEADLINE_MS = 30_000;

export async function openObjects(address: string, env: Environment): Promise<StackObjects> {
  const client = await openClient(address, env);
  const { docker } = client;
  const gone = (what: string, work: () => Promise<unknown>) => unlessGone(client.call(what, REMOVE_DEADLINE_MS, work));
  return {
    stop: (id) => stop(client, id),
    networks: async (project) => {
      const networks = await client.call("list networks", QUICK_DEADLINE_MS, () =>
        docker.listNetworks({ filters: { label: [`${PROJECT_LABEL}=${project}`] } }),
      );
      return networks.map(({ Name }) => Name).toSorted();
    },
    removeNetwork: (name) =>
      gone(`remove the network ${name}`, (): Promise<unknown> => docker.getNetwork(name).remove()),
    volumes: (project) => volumes(client, project),
    removeVolume: (name) => gone(`remove the volume ${name}`, (): Promise<unknown> => docker.getVolume(name).remove()),
    strays: async () => {
      const filters = { label: ["plumbline.purpose"], status: ["created", "exited", "dead"] };
      const found = await client.call("list containers", QUICK_DEADLINE_MS, () =>
        docker.listContainers({ all: true, filters }),
      );
      return found.map(({ Id, Names }) => ({ id: Id, name: (Names[0] ?? Id.slice(0, 12)).replace(/^\//, "") }));
    },
    images: (prefix) => images(client, prefix),
    removeImage: (name) => gone(`remove the image ${name}`, (): Promise<unknown> => docker.getImage(name).remove()),
  };
}

async function stop(client: Client, id: string): Promise<void> {
  const container = client.docker.getContainer(id);
  const what = `stop container ${id.slice(0, 12)}`;
  const { Config } = await client.call(what, QUICK_DEADLINE_MS, () => container.inspect());
  const { StopTimeout } = z.object({ StopTimeout: z.number().default(DEFAULT_GRACE_SECONDS) }).parse(Config);
  const deadlineMs = StopTimeout * 1000 + STOP_DEADLINE_MS;
  await unlessGone(
    client.call(what, deadlineMs, (): Promise<unknown> => container.stop()),
    "already stopped",
  );
}

const Usage = z.object({
  Volumes: z.array(z.object({ Name: z.string(), UsageData: z.object({ Size: z.number() }).nullish() })).nullish(),
});

async function volumes(client: Client, project: string): Promise<readonly Volume[]> {
  const { docker } = client;
  const { Volumes } = await client.call("list volumes", QUICK_DEADLINE_MS, () =>
    docker.listVolumes({ filters: { label: [`${PROJECT_LABEL}=${project}`] } }),
  );
  const sizes = Volumes.length === 0 ? new Map<string, number>() : await volumeSizes(client);
  return Volumes.map(({ Name }) => {
    const size = sizes.get(Name);
    return { name: Name, ...(size === undefined || size < 0 ? {} : { size: bytes(size) }) };
  }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A size that the engine does not know is none: it must not keep anybody from removing a volume. */
async function volumeSizes(client: Client): Promise<ReadonlyMap<string, number>> {
  try {
    const usage = Usage.parse(
      await client.call("measure volumes", SIZES_DEADLINE_MS, (): Promise<unknown> => client.docker.df()),
    );
    return new Map((usage.Volumes ?? []).map(({ Name, UsageData }) => [Name, UsageData?.Size ?? -1]));
  } catch {
    return new Map();
  }
}

async function images(client: Client, prefix: string): Promise<readonly BuiltImage[]> {
  const [stored, containers] = await client.call("list images", QUICK_DEADLINE_MS, () =>
    Promise.all([client.docker.listImages(), client.docker.listContainers({ all: true })]),
  );
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  return stored.flatMap(({ Id, RepoTags }) =>
    (RepoTags ?? [])
      .filter((reference) => reference.startsWith(prefix))
      .map((reference) => ({ reference, inUse: used.has(Id) })),
  );
}

/** 304 is Docker's answer "it is so already". */
async function unlessGone(work: Promise<unknown>, ...also: readonly string[]): Promise<void> {
  try {
    await work;
  } catch (error) {
    const isSo = error instanceof Error && also.length > 0 && /\b304\b|not modified/i.test(error.message);
    if (!isNotFound(error) && !isSo) throw error;
  }
}
