/** Host ports for live tests. */
import { connect, createServer } from "node:net";

/**
 * Below every port of a stack with a name of its own (from 3306 + 10,010), so that a server of one test never takes a
 * port of another test's stack between the moment that it was found free and the stack's start.
 */
const FIRST = 10_000;
const LAST = 13_300;
const TRIES = 100;
const given = new Set<number>();

/**
 * A port on 127.0.0.1 that nobody listens on, and that this process has not been given before. Random, so that tests of
 * several processes rarely want the same one.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`${TRIES} ports between ${FIRST} and ${LAST} are all taken`);
}

/** One port for each step between the ports of two stacks; whoever listens on it has that step. */
const FIRST_CLAIM = 9_700;

/**
 * Claims the `step`-th offset for this process: undefined where another test process has it. It is given back by the
 * returned function, and by the kernel when the process ends, however it ends.
 */
export function claimStep(step: number): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(FIRST_CLAIM + step, "127.0.0.1", () => {
      server.unref();
      resolve(() => new Promise((closed) => server.close(() => closed())));
    });
  });
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
