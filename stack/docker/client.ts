/** A connection to a Docker engine on which every call has a deadline and ends in an error that a person can act on. */
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { inspect } from "node:util";
import type Docker from "dockerode";
import { PlumblineError, messageOf } from "../core/errors.ts";
import { startDeadline } from "../host/deadline.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Client {
  readonly docker: Docker;
  readonly address: string;
  /** Runs one request. `what` completes the sentence "Could not …". */
  call<T>(what: string, deadlineMs: number, request: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** Deadline of requests that the engine answers from memory. */
export const QUICK_DEADLINE_MS = 15_000;

/** Requests that are open at once; more wait in the agent. */
const MAX_SOCKETS = 32;

/** Makes a client; nothing is sent yet. Throws ENGINE_UNREACHABLE for an address that cannot be one. */
export async function openClient(address: string, env: Environment): Promise<Client> {
  const { default: Dockerode } = await import("dockerode"); // 0.1 s to load: only commands that ask an engine pay it
  const docker = new Dockerode(connectionOptions(address, env));
  return {
    docker,
    address,
    call: async (what, deadlineMs, request) => {
      const { signal, forget } = startDeadline(deadlineMs);
      try {
        return await Promise.race([request(signal), rejectsWith(signal)]);
      } catch (error) {
        throw engineError(error, { what, address, deadlineMs, signal });
      } finally {
        forget();
      }
    },
  };
}

/** True for the engine's answer "404 no such …". */
export function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** True for the engine's answer "409 conflict": something else is being done to the container. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

/** True for the engine's answer "304 not modified": the container is in the wanted state already. */
export function isNotModified(error: unknown): boolean {
  return statusOf(error) === 304;
}

export function unreachable(address: string, what: string, why: string, cause?: unknown): PlumblineError {
  const fix = why.includes("EACCES")
    ? "Let your user reach the socket: `sudo usermod -aG docker $USER`, then log in again."
    : "See whether the engine runs (`docker version`), start it, then run the same command again: it continues.";
  return new PlumblineError("ENGINE_UNREACHABLE", { what: `Could not ${what}`, why: `${address}: ${why}`, fix, cause });
}

function connectionOptions(address: string, env: Environment) {
  const agent = new TerseAgent({ maxSockets: MAX_SOCKETS });
  const url = parseAddress(address);
  const port = url.port === "" ? {} : { port: Number(url.port) };
  switch (url.protocol) {
    case "unix:":
      // An empty host keeps docker-modem from taking the one of DOCKER_HOST.
      return { socketPath: decodeURIComponent(url.pathname), host: "", protocol: "http" as const, agent };
    case "tcp:":
    case "http:":
    case "https:":
      if (!usesTls(url, env)) return { host: url.hostname, port: 2375, ...port, protocol: "http" as const, agent };
      return { host: url.hostname, port: 2376, ...port, protocol: "https" as const, ...certificates(address, env) };
    case "ssh:":
      return { host: url.hostname, port: 22, ...port, username: url.username, protocol: "ssh" as const };
    default:
      throw unreachable(address, "use the address of the engine", "only unix://, tcp:// and ssh:// are understood");
  }
}

/** docker-modem renders every request for its debug log, read or not; an agent with its sockets takes 5 ms of that. */
class TerseAgent extends Agent {
  [inspect.custom](): string {
    return "Agent";
  }
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

interface Circumstances {
  readonly what: string;
  readonly address: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

const CONNECTION_ERRORS: ReadonlySet<unknown> = new Set(
  ["ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE", "EACCES", "ENOTSOCK", "ENOTDIR", "ENOTFOUND", "EAI_AGAIN"].concat([
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ETIMEDOUT",
    "ERR_STREAM_PREMATURE_CLOSE",
  ]),
);

function engineError(error: unknown, { what, address, deadlineMs, signal }: Circumstances): unknown {
  if (error instanceof PlumblineError) return error;
  if (signal.aborted) return unreachable(address, what, `no answer within ${deadlineMs / 1000} s`, error);
  if (CONNECTION_ERRORS.has(codeOf(error))) return unreachable(address, what, connectionReason(error), error);
  const why = messageOf(error).replace(/\s+/g, " ").trim();
  if (/no space left on device/i.test(why)) {
    const fix = "Make room where the engine keeps its data: `docker system df` shows what takes it.";
    return new PlumblineError("DISK_FULL", { what: `Could not ${what}`, why, fix, cause: error });
  }
  const status = statusOf(error);
  if (status === 404 || status === 409) {
    const fix = "See what runs with `npm run status`, and bring the stack up again with `npm run up`.";
    return new PlumblineError("SERVICE_EXITED", {
      what: `Could not ${what}`,
      why,
      fix,
      details: { status },
      cause: error,
    });
  }
  const fix = "Look into the log of the engine (`journalctl -u docker`), then run the same command again.";
  return new PlumblineError("ENGINE_REFUSED", { what: `Could not ${what}`, why, fix, cause: error });
}

function connectionReason(error: unknown): string {
  if (codeOf(error) === "ENOENT") return "ENOENT: there is no such socket";
  if (codeOf(error) === "ECONNRESET") return "ECONNRESET: the engine closed the connection";
  return messageOf(error) || String(codeOf(error));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function statusOf(error: unknown): unknown {
  if (error instanceof PlumblineError) return error.details["status"];
  return error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
}

function rejectsWith(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
