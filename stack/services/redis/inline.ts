/**
 * Redis's inline protocol: one line of words per request, one line per reply
 * (https://redis.io/docs/latest/develop/reference/protocol-spec/).
 */
import { once } from "node:events";
import { createConnection } from "node:net";
import type { Target } from "../../core/service/service.ts";
import { CLIENT_PORT } from "./conf.ts";

const CONNECT_DEADLINE_MS = 3000;

export interface Inline {
  /** Sends a line; resolves the first line of the reply. Calls must not overlap. */
  ask(line: string): Promise<string>;
  disconnect(): void;
}

/** Opens a connection and logs in. Rejects if the node does not answer, or refuses the login. */
export async function openInline(target: Target, credential: string): Promise<Inline> {
  const { user, password } = target.credentials("redis", credential);
  const socket = createConnection({ host: target.host, port: target.port(CLIENT_PORT), noDelay: true });
  socket.setEncoding("utf8");
  let received = "";
  let settle: { resolve(line: string): void; reject(error: Error): void } | undefined;
  socket.on("data", (chunk: string) => {
    received += chunk;
    const end = received.indexOf("\r\n");
    if (end < 0) return;
    const line = received.slice(0, end);
    received = received.slice(end + 2);
    settle?.resolve(line);
  });
  socket.on("error", (error) => settle?.reject(error));
  socket.on("close", () => settle?.reject(new Error("Redis closed the connection")));
  const ask = (line: string): Promise<string> =>
    new Promise((resolve, reject) => {
      settle = { resolve, reject };
      socket.write(`${line}\r\n`);
    });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(CONNECT_DEADLINE_MS) });
    const answer = await ask(`AUTH ${user} ${password}`);
    if (answer !== "+OK") throw new Error(answer);
    return { ask, disconnect: () => socket.destroy() };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
