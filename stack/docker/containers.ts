/** The containers of a stack, as the engine reports them. */
import type Docker from "dockerode";
import type { NamedContainer } from "../core/machine/engine.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import { LABELS, stackOf } from "../core/stack-names.ts";
import { bytes } from "../core/units.ts";
import { QUICK_DEADLINE_MS } from "./client.ts";
import type { Client } from "./client.ts";
import { confinementIn } from "./inspection/confinement.ts";
import { isNotFound } from "./refusal.ts";

/** The label that `docker compose` sets to the project, which is the stack's name. */
export const PROJECT_LABEL = "com.docker.compose.project";

/** A container of the stack, or of its Compose project, has one of these. */
export function stackLabels(project: string): readonly string[] {
  return [`${LABELS.stack}=${stackOf(project)}`, `${PROJECT_LABEL}=${project}`];
}

/**
 * Returns the containers with the stack's own label. They are inspected in parallel, because lists hold no limits and
 * exit codes.
 */
export async function containersOf(client: Client, project: string): Promise<readonly ObservedContainer[]> {
  const what = `list the containers of stack ${project}`;
  const filters = { label: [`${LABELS.stack}=${stackOf(project)}`] };
  const listed = await client.call("container", what, QUICK_DEADLINE_MS, (abortSignal) =>
    client.docker.listContainers({ all: true, filters, abortSignal }),
  );
  const users = imageUsers(client);
  const observed = await Promise.all(listed.map(({ Id }) => inspect(client, Id, users)));
  return observed
    .filter((container) => container !== undefined)
    .toSorted((a, b) => (a.instance < b.instance ? -1 : a.instance > b.instance ? 1 : 0));
}

/** The label of containers that Plumbline creates for one short command in an image. */
export const PURPOSE_LABEL = "plumbline.purpose";

/** Returns containers with that label that no longer run; a killed run left them. */
export async function strays(client: Client): Promise<readonly NamedContainer[]> {
  const filters = { label: [PURPOSE_LABEL], status: ["created", "exited", "dead"] };
  return named(client, { all: true, filters });
}

/** Without `all` the engine lists what runs. */
export async function runningContainers(client: Client): Promise<readonly NamedContainer[]> {
  return named(client, {});
}

async function named(
  client: Client,
  options: Pick<Docker.ContainerListOptions, "all" | "filters">,
): Promise<readonly NamedContainer[]> {
  const found = await client.call("container", "list containers", QUICK_DEADLINE_MS, (abortSignal) =>
    client.docker.listContainers({ ...options, abortSignal }),
  );
  return found.map(({ Id, Names }) => ({ id: Id, name: (Names[0] ?? Id.slice(0, 12)).replace(/^\//, "") }));
}

/** Resolves the user of an image by its id; undefined if the image is gone. */
type ImageUsers = (id: string) => Promise<string | undefined>;

/** Asks once per image: containers of a service share one. */
function imageUsers(client: Client): ImageUsers {
  const asked = new Map<string, Promise<string | undefined>>();
  return (id) => {
    const known = asked.get(id) ?? imageUser(client, id);
    asked.set(id, known);
    return known;
  };
}

async function imageUser(client: Client, id: string): Promise<string | undefined> {
  const what = `inspect image ${id.slice(0, 19)}`;
  try {
    const { Config } = await client.call("image", what, QUICK_DEADLINE_MS, () => client.docker.getImage(id).inspect());
    return Config.User;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Returns undefined if the container was removed since it was listed. */
async function inspect(client: Client, id: string, users: ImageUsers): Promise<ObservedContainer | undefined> {
  try {
    const container = client.docker.getContainer(id);
    const what = `inspect container ${id.slice(0, 12)}`;
    const inspection = await client.call("container", what, QUICK_DEADLINE_MS, (abortSignal) =>
      container.inspect({ abortSignal }),
    );
    return observed(inspection, await users(inspection.Image));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function observed(inspection: Docker.ContainerInspectInfo, user: string | undefined): ObservedContainer {
  const { Id, Name, State, Config, HostConfig, NetworkSettings } = inspection;
  const label = (name: string) => Config.Labels[name];
  const folder = label("com.docker.compose.project.working_dir");
  const composeName = label("com.docker.compose.service") ?? Name.replace(/^\//, "");
  return {
    id: Id,
    service: label(LABELS.service) ?? composeName,
    instance: label(LABELS.instance) ?? composeName,
    identity: label(LABELS.identity) ?? "",
    ...(folder === undefined ? {} : { folder }),
    state: stateOf(State.Status),
    ...(State.Running ? {} : { exitCode: State.ExitCode }),
    outOfMemory: State.OOMKilled,
    ...(State.StartedAt.startsWith("0001-") ? {} : { startedAt: State.StartedAt }),
    image: Config.Image,
    memoryLimit: bytes(HostConfig.Memory ?? 0),
    swapLimit: bytes(HostConfig.MemorySwap ?? 0),
    cpuLimit: cpuLimit(HostConfig),
    confinement: confinementIn(inspection, user),
    networks: Object.fromEntries(
      Object.entries(NetworkSettings.Networks).map(([name, network]) => [name, network.IPAddress]),
    ),
    ports: published(NetworkSettings.Ports),
  };
}

function cpuLimit({ NanoCpus, CpuQuota, CpuPeriod }: Docker.HostConfig): number {
  if (NanoCpus) return NanoCpus / 1e9;
  return CpuQuota && CpuQuota > 0 ? CpuQuota / (CpuPeriod || DEFAULT_PERIOD_US) : 0;
}

/** The kernel's default cfs_period_us. */
const DEFAULT_PERIOD_US = 100_000;

/** { "5432/tcp": [{ HostIp: "127.0.0.1", HostPort: "25432" }] }; null for a port that is only exposed. */
function published(ports: Docker.ContainerInspectInfo["NetworkSettings"]["Ports"]): ObservedContainer["ports"] {
  return Object.entries(ports ?? {}).flatMap(([port, bindings]) =>
    (bindings ?? []).map(({ HostIp, HostPort }) => ({
      container: Number.parseInt(port, 10),
      host: Number(HostPort),
      address: HostIp,
    })),
  );
}

function stateOf(status: string): ObservedContainer["state"] {
  switch (status) {
    case "created":
    case "running":
    case "restarting":
    case "paused":
    case "exited":
    case "removing":
      return status;
  }
  return "dead";
}
