/** An echo server on 127.0.0.1 and its client: measures the network's own cost, without any service. */
import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";

const MESSAGE_BYTES = 64;

export interface Echo {
  /** Resolves to the durations in milliseconds of `count` messages, sent one after the other. */
  roundTrips(count: number): Promise<readonly number[]>;
  close(): void;
}

/** Opens both ends in this process. Rejects if the loopback interface does not work. */
export async function openEcho(): Promise<Echo> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  try {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("the echo server has no port");
    const client = createConnection({ host: "127.0.0.1", port: address.port, noDelay: true });
    sockets.add(client);
    await once(client, "connect");
    client.on("error", () => client.destroy());
    return { roundTrips: (count) => roundTrips(client, count), close };
  } catch (error) {
    close();
    throw error;
  }
}

async function roundTrips(client: Socket, count: number): Promise<readonly number[]> {
  const message = Buffer.alloc(MESSAGE_BYTES);
  const durations: number[] = [];
  for (let trip = 0; trip < count; trip += 1) {
    const before = performance.now();
    const answered = once(client, "data");
    client.write(message);
    await answered;
    durations.push(performance.now() - before);
  }
  return durations;
}
