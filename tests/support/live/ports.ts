/** Host ports for live tests. */
import { connect, createServer } from "node:net";

/** Below the range from which the kernel takes the local ports of outgoing connections (32768–60999 on Linux). */
const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 100;

/** A port on 127.0.0.1 that nobody listens on. Random, so that tests of several processes rarely want the same one. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isFree(port)) return port;
  }
  throw new Error(`${TRIES} ports between ${FIRST} and ${LAST} are all taken`);
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

const CONNECT_DEADLINE_MS = 2_000;

/** Whether somebody accepts a TCP connection there. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_DEADLINE_MS });
    const answer = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", answer(true)).once("error", answer(false)).once("timeout", answer(false));
  });
}
