/** The networks of a stack. */
import { QUICK_DEADLINE_MS } from "./client.ts";
import type { Client } from "./client.ts";
import { PROJECT_LABEL } from "./containers.ts";
import { isNamedByPlumbline } from "./inspection/guests.ts";
import { isNotFound } from "./refusal.ts";

const REMOVE_DEADLINE_MS = 60_000;

export async function networks(client: Client, project: string): Promise<readonly string[]> {
  return (await list(client, project)).map(({ Name }) => Name).toSorted();
}

const BRIDGE_OPTION = "com.docker.network.bridge.name";
/** The engine names a bridge after the first characters of its network's id. */
const ID_LENGTH = 12;

export async function bridges(client: Client, project: string): Promise<readonly string[]> {
  const found = (await list(client, project)).filter(({ Driver, Internal }) => Driver === "bridge" && !Internal);
  return found.map(({ Id, Options }) => Options?.[BRIDGE_OPTION] ?? `br-${Id.slice(0, ID_LENGTH)}`).toSorted();
}

async function list(client: Client, project: string) {
  const what = `list the networks of stack ${project}`;
  const found = await client.call("network", what, QUICK_DEADLINE_MS, (abortSignal) =>
    client.docker.listNetworks({ filters: { label: [`${PROJECT_LABEL}=${project}`] }, abortSignal }),
  );
  return found.filter((network) => isNamedByPlumbline(project, "network", network));
}

export async function removeNetwork(client: Client, name: string): Promise<void> {
  try {
    await client.call("network", `remove the network ${name}`, REMOVE_DEADLINE_MS, (): Promise<unknown> =>
      client.docker.getNetwork(name).remove(),
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
