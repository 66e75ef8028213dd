/** TCP servers whose behaviour a test knows, and a scenario on them. */
import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import type { Scenario } from "../../../stack/core/service/scenario.ts";

/** What the server does with one request. */
export type Behaviour = (answer: (text: string) => void, request: string) => void;

const servers = new Set<Server>();
const sockets = new Set<Socket>();

/** For the end of every test. */
export async function closeServers(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await Promise.all([...servers].map((server) => new Promise((resolve) => server.close(resolve))));
  servers.clear();
  sockets.clear();
}

/** Who connects from now on is refused. */
export function stopListening(): void {
  for (const server of servers) server.close();
  servers.clear();
}

/** A server on 127.0.0.1; answers its port. */
export async function serve(behaviour: Behaviour): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => behaviour((text) => socket.write(text), String(chunk)));
  });
  servers.add(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  return address.port;
}

/** One message and its answer, which must be "ok". */
export function scenario(port: number, clients: number): Scenario {
  return {
    name: "test/echo",
    title: "one message and its answer",
    effect: "read",
    smoke: true,
    clients,
    parameters: {},
    async open(count, first = 0) {
      const connections = await Promise.all(
        Array.from({ length: count }, async () => {
          const socket = createConnection({ host: "127.0.0.1", port, noDelay: true });
          await once(socket, "connect");
          return socket;
        }),
      );
      return {
        async operation(client) {
          const socket = connections[client];
          if (socket === undefined) throw new Error("no such client");
          const answered = once(socket, "data", { signal: AbortSignal.timeout(5_000) });
          socket.write(`request of ${first + client}`);
          const text = String(await answered);
          if (text !== "ok") throw new Error(`the server answered ${text}`);
        },
        async close() {
          for (const socket of connections) socket.destroy();
          return Promise.resolve();
        },
      };
    },
  };
}

/** The same, by a client that computes for 5 ms after each answer. */
export function busy(quiet: Scenario): Scenario {
  return {
    ...quiet,
    name: "test/busy",
    async open(count, first) {
      const run = await quiet.open(count, first);
      return {
        ...run,
        async operation(client) {
          await run.operation(client);
          const until = performance.now() + 5;
          while (performance.now() < until);
        },
      };
    },
  };
}
