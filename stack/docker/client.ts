/** A connection to a Docker engine. Every call has a deadline and fails with an error that says what to do. */
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { inspect } from "node:util";
import type Docker from "dockerode";
import { messageOf } from "../core/errors.ts";
import { startDeadline } from "../host/deadline.ts";
import { engineError, unreachable } from "./refusal.ts";
import type { Subject } from "./refusal.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Client {
  readonly docker: Docker;
  readonly address: string;
  /** Sends one request about `subject`. `what` completes the sentence "Could not …". */
  call<T>(subject: Subject, what: string, deadlineMs: number, request: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** Deadline of requests that the engine answers from memory. */
export const QUICK_DEADLINE_MS = 15_000;

/**
 * Simultaneous requests; further ones wait in the agent. Idle connections are reused and do not keep the process alive.
 */
const MAX_SOCKETS = 32;

/** Creates a client without sending anything. Throws ENGINE_UNREACHABLE for an invalid address. */
export async function openClient(address: string, env: Environment): Promise<Client> {
  const { default: Dockerode } = await import("dockerode"); // 0.1 s to load: only for commands that use an engine
  const options = connectionOptions(address, env);
  const docker = withoutDockerHost(() => new Dockerode(options));
  return {
    docker,
    address,
    call: async (subject, what, deadlineMs, request) => {
      const { signal, forget } = startDeadline(deadlineMs);
      try {
        return await Promise.race([request(signal), rejectsWith(signal)]);
      } catch (error) {
        throw engineError(error, { subject, what, address, deadlineMs, late: signal.aborted });
      } finally {
        forget();
      }
    },
  };
}

/**
 * Runs `make` while this process has no DOCKER_HOST. With one, docker-modem also takes a path prefix, certificates and a
 * time limit from other variables, whatever its options say.
 */
function withoutDockerHost<T>(make: () => T): T {
  const address = process.env["DOCKER_HOST"];
  delete process.env["DOCKER_HOST"];
  try {
    return make();
  } finally {
    if (address !== undefined) process.env["DOCKER_HOST"] = address;
  }
}

function connectionOptions(address: string, env: Environment) {
  const agent = new TerseAgent({ maxSockets: MAX_SOCKETS, keepAlive: true });
  const url = parseAddress(address);
  const port = url.port === "" ? {} : { port: Number(url.port) };
  switch (url.protocol) {
    case "unix:":
      // Without a path, a request would go to port 80 of this computer.
      if (url.pathname === "") throw unreachable(address, "use the address of the engine", "it names no socket");
      return { socketPath: decodeURIComponent(url.pathname), protocol: "http" as const, agent };
    case "tcp:":
    case "http:":
    case "https:":
      if (!usesTls(url, env)) return { host: url.hostname, port: 2375, ...port, protocol: "http" as const, agent };
      return { host: url.hostname, port: 2376, ...port, protocol: "https" as const, ...certificates(address, env) };
    case "ssh:":
      return {
        host: url.hostname,
        port: 22,
        ...port,
        username: url.username,
        protocol: "ssh" as const,
        ...agentOf(env),
      };
    default:
      throw unreachable(address, "use the address of the engine", "only unix://, tcp:// and ssh:// are understood");
  }
}

/**
 * docker-modem formats every request for its debug log, even if nobody reads it; an agent with its sockets takes 5 ms
 * of that.
 */
class TerseAgent extends Agent {
  [inspect.custom](): string {
    return "Agent";
  }
}

function agentOf({ SSH_AUTH_SOCK: agent }: Environment) {
  return agent === undefined ? {} : { sshOptions: { agent } };
}

function parseAddress(address: string): URL {
  try {
    return new URL(address.includes("://") ? address : `tcp://${address}`);
  } catch (error) {
    throw unreachable(address, "read the address of the engine", messageOf(error), error);
  }
}

function usesTls(url: URL, env: Environment): boolean {
  return url.protocol === "https:" || (env["DOCKER_TLS_VERIFY"] ?? "") !== "" || url.port === "2376";
}

function certificates(address: string, env: Environment) {
  const folder = env["DOCKER_CERT_PATH"] ?? join(env["HOME"] ?? "/", ".docker");
  const read = (name: string) => readFileSync(join(folder, name));
  try {
    return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
  } catch (error) {
    throw unreachable(address, "read the certificates of the engine", messageOf(error), error);
  }
}

function rejectsWith(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
