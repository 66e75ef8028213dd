/** The nodes that are watched, and where the metrics of each are. Pure. */
import type { SecretFile } from "../../core/service/container.ts";
import type { Credential } from "../../core/service/credential.ts";
import type { Neighbours } from "../../core/service/want.ts";

export const NAME = "redis-exporter";
export const PORT = 9121;
/** The service whose nodes it watches. */
export const SERVER = "redis";

/** Below the folder of secrets. */
export const PASSWORDS = "passwords.json";

interface Node {
  readonly host: string;
  readonly port: number;
}

/** Every node of the neighbour. Throws where it has none, or no port for clients. */
function nodesOf(neighbours: Neighbours): readonly Node[] {
  const nodes = (neighbours[SERVER]?.instances ?? []).map(({ name, host, ports }): Node => {
    const port = ports[SERVER];
    if (port === undefined) throw new Error(`${name} has no port named ${SERVER}`);
    return { host, port };
  });
  if (nodes.length === 0) throw new Error(`${NAME} has no node to watch`);
  return nodes;
}

/** One page for each node: the exporter asks the one that the page names. */
export function pagesOf(neighbours: Neighbours): readonly string[] {
  return nodesOf(neighbours).map(({ host, port }) => `/scrape?target=redis://${host}:${port}`);
}

/** The password by address and user, which is how the exporter looks it up. */
export function passwords(neighbours: Neighbours, { user, password }: Credential): SecretFile {
  const entries = nodesOf(neighbours).map(({ host, port }) => [`redis://${user}@${host}:${port}`, password]);
  return { path: PASSWORDS, text: JSON.stringify(Object.fromEntries(entries)) };
}
