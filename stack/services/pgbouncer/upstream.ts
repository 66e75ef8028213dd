/** The database behind the pool, as its neighbour. Pure. */
import { z } from "zod";
import type { Neighbours } from "../../core/service/want.ts";

/** The wanted service. */
export const SERVER = "postgres";

export interface Upstream {
  /** Name of the server's container on the network. */
  readonly host: string;
  readonly port: number;
  /** The application's database. */
  readonly database: string;
  /** Names of the server's credentials that may log in through the pool. */
  readonly credentials: readonly string[];
}

const Options = z.object({ database: z.string() });

export function upstreamOf(neighbours: Neighbours): Upstream {
  const server = neighbours[SERVER];
  const [instance] = server?.instances ?? [];
  const port = instance?.ports["sql"];
  if (!server || !instance || port === undefined) throw new Error("a pool without its server");
  const { database } = Options.parse(server.options);
  return { host: instance.host, port, database, credentials: server.credentials };
}
