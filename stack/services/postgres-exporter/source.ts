/** The address of postgres_exporter's server, in the environment variables of its manual. Pure. */
import { z } from "zod";
import { SECRETS_MOUNT } from "../../core/service/service.ts";
import type { Neighbours } from "../../core/service/want.ts";

export const NAME = "postgres-exporter";
export const PORT = 9187;
/** The watched service. */
export const SERVER = "postgres";

/** File name below the folder of secrets. */
export const PASSWORD = "password";

const Options = z.object({ database: z.string() });

/**
 * Connects to the application's database: statistics of the server are the same in every database, but those of tables
 * belong to the connected one. Without TLS: nothing leaves the stack's network.
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
