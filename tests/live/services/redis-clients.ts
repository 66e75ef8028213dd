/** Clients that the live tests of Redis use beside the service's own. */
import { Cluster, Redis } from "ioredis";
import { mib } from "../../../stack/core/units.ts";
import type { Connection } from "../../../stack/core/service/service.ts";
import type { RunningService, Server } from "../../support/live/server.ts";

export const SHARE = { memory: mib(192), cpus: 1 } as const;

function userOf(server: Server, credential: string) {
  const { user, password } = server.target.credentials("redis", credential);
  return { username: user, password };
}

/** A client as anybody would write it: one address, no map of addresses. */
export async function withPlainCluster<T>(server: Server, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = new Cluster([{ host: "127.0.0.1", port: server.target.port("redis") }], {
    redisOptions: userOf(server, "app"),
    clusterRetryStrategy: null,
  });
  cluster.on("error", () => undefined);
  try {
    return await work(cluster);
  } finally {
    cluster.disconnect();
  }
}

export async function withNode<T>(server: Server, credential: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ port: server.target.port("redis"), retryStrategy: null, ...userOf(server, credential) });
  client.on("error", () => undefined);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

export async function withConnection<T>(
  { live, servers }: Pick<RunningService, "live" | "servers">,
  work: (connection: Connection, server: Server) => Promise<T>,
): Promise<T> {
  const [server] = servers;
  if (server === undefined) throw new Error("no server");
  const connection = await live.connect(server.target);
  try {
    return await work(connection, server);
  } finally {
    await connection.close();
  }
}
