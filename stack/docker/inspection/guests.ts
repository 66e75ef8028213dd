/** What a person added to a stack's Compose project: containers, volumes and networks of an override file. */
import type { GuestContainer, Guests } from "../../core/machine/engine.ts";
import { isNetwork } from "../../core/service/container.ts";
import { instanceOfKey, LABELS } from "../../core/stack-names.ts";
import { QUICK_DEADLINE_MS } from "../client.ts";
import type { Client } from "../client.ts";
import { PROJECT_LABEL } from "../containers.ts";
import { listVolumes } from "../volumes/list.ts";

/** A volume or network, as the engine lists it. */
interface Labelled {
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
}

type Kind = "volume" | "network";

const OWN_KEYS: Readonly<Record<Kind, (key: string) => boolean>> = {
  volume: (key) => instanceOfKey(key) !== undefined,
  network: isNetwork,
};

/** The label in which Compose keeps the key of a volume or network in its file. */
export function keyLabel(kind: Kind): string {
  return `com.docker.compose.${kind}`;
}

/**
 * Returns whether Plumbline named the volume or network. Its compose.yaml names each "<project>-<key>", with the keys
 * "<instance>-data" for volumes and those of its own networks; an override file may name others in the same way. Compose
 * itself names one "<project>_<key>", and one made by hand has no key. Which instances there are the catalogue knows.
 */
export function isNamedByPlumbline(project: string, kind: Kind, { Name, Labels }: Labelled): boolean {
  const key = Labels?.[keyLabel(kind)];
  return key !== undefined && Name === `${project}-${key}` && OWN_KEYS[kind](key);
}

/** Lists the objects of the project that Plumbline did not make. */
export async function guests(client: Client, project: string): Promise<Guests> {
  const filters = filtersOf(project);
  const [containers, volumes, networks] = await Promise.all([
    guestContainers(client, project),
    listVolumes(client, filters),
    client.call("network", whatOf(project), QUICK_DEADLINE_MS, (abortSignal) =>
      client.docker.listNetworks({ filters, abortSignal }),
    ),
  ]);
  const ofGuests = (kind: Kind, objects: readonly Labelled[]) =>
    objects
      .filter((object) => !isNamedByPlumbline(project, kind, object))
      .map(({ Name }) => Name)
      .toSorted();
  return { containers, volumes: ofGuests("volume", volumes), networks: ofGuests("network", networks) };
}

/** Lists the containers of the project that Plumbline did not make. */
export async function guestContainers(client: Client, project: string): Promise<readonly GuestContainer[]> {
  const containers = await client.call("container", whatOf(project), QUICK_DEADLINE_MS, (abortSignal) =>
    client.docker.listContainers({ all: true, filters: filtersOf(project), abortSignal }),
  );
  return containers
    .filter(({ Labels }) => Labels[LABELS.stack] === undefined)
    .map(({ Id, Names, NetworkSettings }) => ({
      name: (Names[0] ?? Id.slice(0, 12)).replace(/^\//, ""),
      networks: Object.keys(NetworkSettings.Networks),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function filtersOf(project: string) {
  return { label: [`${PROJECT_LABEL}=${project}`] };
}

function whatOf(project: string): string {
  return `list what belongs to ${project}`;
}
