/** What a person added to a stack's Compose project: containers, volumes and networks of an override file. */
import type { Guests } from "../../core/machine/engine.ts";
import { LABELS } from "../../core/stack-names.ts";
import { QUICK_DEADLINE_MS } from "../client.ts";
import type { Client } from "../client.ts";
import { PROJECT_LABEL } from "../containers.ts";

/**
 * Returns whether Plumbline named the volume or network. Its compose.yaml names each "<project>-<key>"; Compose names
 * one of an override file "<project>_<key>", and one made by hand has no key (`undefined`).
 */
export function isNamedByPlumbline(project: string, name: string, key: string | undefined): boolean {
  return key !== undefined && name === `${project}-${key}`;
}

/** Lists the objects of the project that Plumbline did not make. */
export async function guests(client: Client, project: string): Promise<Guests> {
  const what = `list what belongs to ${project}`;
  const filters = { label: [`${PROJECT_LABEL}=${project}`] };
  const [containers, { Volumes }, networks] = await Promise.all([
    client.call("container", what, QUICK_DEADLINE_MS, (abortSignal) =>
      client.docker.listContainers({ all: true, filters, abortSignal }),
    ),
    client.call("volume", what, QUICK_DEADLINE_MS, (abortSignal) =>
      client.docker.listVolumes({ filters, abortSignal }),
    ),
    client.call("network", what, QUICK_DEADLINE_MS, (abortSignal) =>
      client.docker.listNetworks({ filters, abortSignal }),
    ),
  ]);
  const isGuest = (kind: string) => (object: Labelled) =>
    !isNamedByPlumbline(project, object.Name, object.Labels?.[`com.docker.compose.${kind}`]);
  return {
    containers: containers
      .filter(({ Labels }) => Labels[LABELS.stack] === undefined)
      .map(({ Id, Names, NetworkSettings }) => ({
        name: (Names[0] ?? Id.slice(0, 12)).replace(/^\//, ""),
        networks: Object.keys(NetworkSettings.Networks),
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    volumes: Volumes.filter(isGuest("volume")).map(nameOf).toSorted(),
    networks: networks.filter(isGuest("network")).map(nameOf).toSorted(),
  };
}

interface Labelled {
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
}

function nameOf({ Name }: Labelled): string {
  return Name;
}
