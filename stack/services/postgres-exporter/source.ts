/** Where postgres_exporter finds its server, in the environment variables of its manual. Pure. */
import { z } from "zod";
import { SECRETS_MOUNT } from "../../core/service/service.ts";
import type { Neighbours } from "../../core/service/want.ts";

export const NAME = "postgres-exporter";
export const PORT = 9187;
/** The service that it watches. */
export const SERVER = "postgres";

/** Below the folder of secrets. */
export const PASSWORD = "password";

const Options = z.object({ database: z.string() });

/**
 * The statistics of the server are the same in every database; those of tables are of the one that is connected to: the
 * application's. Without TLS: nothing leaves the stack's network.
 */
export function sourceOf(neighbours: Neighbours, user: string): Readonly<Record<string, string>> {
  const server = neighbours[SERVER];
  const [instance] = server?.instances ?? [];
  if (!server || !instance) throw new Error(`${NAME} has no server to watch`);
  const { database } = Options.parse(server.options);
  return {
    DATA_SOURCE_URI: `${instance.host}:${instance.ports["sql"]}/${database}?sslmode=disable`,
    DATA_SOURCE_USER: user,
    DATA_SOURCE_PASS_FILE: `${SECRETS_MOUNT}/${PASSWORD}`,
  };
}
