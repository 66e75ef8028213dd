/** Redis clients that fail instead of retrying for ever. */
import { Cluster, Redis } from "ioredis";
import type { Target } from "../../core/service/service.ts";
import { lending, withLent, type Lent } from "../kit/lending.ts";
import { CLIENT_PORT } from "./conf.ts";

const CONNECT_DEADLINE_MS = 3000;
const COMMAND_DEADLINE_MS = 10_000;

/** Maximum of redirections per command of a cluster client; a settled cluster needs one. */
const MAX_REDIRECTIONS = 4;

/** Opens a client of one node as the user of a credential. Rejects if the node does not answer, or is loading data. */
export async function openNode(target: Target, credential: string): Promise<Redis> {
  return openAddress(target.host, target.port(CLIENT_PORT), target, credential);
}

const lender = lending<Redis>(async (client) => client.disconnect());

/** Resolves the client of a node that the target's session shares. Rejects as `openNode`. */
export function borrowNode(target: Target, credential: string): Promise<Lent<Redis>> {
  const login = `${target.instance} ${credential}`;
  return lender.borrow(target.session, login, () => openNode(target, credential));
}

/** Works with the session's shared client of the administrator. */
export function withNode<T>(target: Target, work: (client: Redis) => Promise<T>): Promise<T> {
  return withLent(borrowNode(target, "admin"), work);
}

/** Like `openNode`, for an address that a node announced. */
export async function openAddress(host: string, port: number, target: Target, credential: string): Promise<Redis> {
  const client = new Redis({ host, port, ...optionsOf(target, credential) });
  const failure = firstError(client);
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.disconnect();
    throw failure() ?? error;
  }
}

/** Opens a cluster client that knows only one node and no address map, like an application. */
export async function openCluster(target: Target, credential: string): Promise<Cluster> {
  const { host } = target;
  const cluster = new Cluster([{ host, port: target.port(CLIENT_PORT) }], {
    lazyConnect: true,
    clusterRetryStrategy: null,
    maxRedirections: MAX_REDIRECTIONS,
    slotsRefreshTimeout: CONNECT_DEADLINE_MS,
    redisOptions: optionsOf(target, credential),
  });
  const failure = firstError(cluster);
  try {
    await cluster.connect();
    return cluster;
  } catch (error) {
    cluster.disconnect();
    throw failure() ?? error;
  }
}

function optionsOf({ credentials }: Target, credential: string) {
  const { user, password } = credentials("redis", credential);
  return {
    username: user,
    password,
    lazyConnect: true,
    connectTimeout: CONNECT_DEADLINE_MS,
    /** A deadline without a timer for every command, whose cost would be measured too. */
    socketTimeout: COMMAND_DEADLINE_MS,
    // A lost connection ends the client; the caller retries with a new one.
    retryStrategy: null,
    maxRetriesPerRequest: 0,
  };
}

/** Keeps the first error, because "Connection is closed" says less. Without a listener Node would end the process. */
function firstError(client: Redis | Cluster): () => Error | undefined {
  let first: Error | undefined;
  client.on("error", (error: Error) => {
    first ??= error;
  });
  return () => first;
}
