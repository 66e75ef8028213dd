/** The watched nodes, and the page of each node's metrics. Pure. */
import type { SecretFile } from "../../core/service/container.ts";
import type { Credential } from "../../core/service/credential.ts";
import type { Neighbours } from "../../core/service/want.ts";

export const NAME = "redis-exporter";
export const PORT = 9121;
/** The service whose nodes are watched. */
export const SERVER = "redis";

/** File name below the folder of secrets. */
export const PASSWORDS = "passwords.json";

interface Node {
  readonly host: string;
  readonly port: number;
}

/** Returns every node of the neighbour. Throws if it has none, or no port for clients. */
function nodesOf(neighbours: Neighbours): readonly Node[] {
  const nodes = (neighbours[SERVER]?.instances ?? []).map(({ name, host, ports }): Node => {
    const port = ports[SERVER];
    if (port === undefined) throw new Error(`${name} has no port named ${SERVER}`);
    return { host, port };
  });
  if (nodes.length === 0) throw new Error(`${NAME} has no node to watch`);
  return nodes;
}

/** Returns one page per node: the exporter queries the node that the page names. */
export function pagesOf(neighbours: Neighbours): readonly string[] {
  return nodesOf(neighbours).map(({ host, port }) => `/scrape?target=redis://${host}:${port}`);
}

/** Returns the password by address and user, as the exporter looks it up. */
export function passwords(neighbours: Neighbours, { user, password }: Credential): SecretFile {
  const entries = nodesOf(neighbours).map(({ host, port }) => [`redis://${user}@${host}:${port}`, password]);
  return { path: PASSWORDS, text: JSON.stringify(Object.fromEntries(entries)) };
}
