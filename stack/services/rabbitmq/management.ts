/** The management API of a node. */
import type { z } from "zod";
import type { Target } from "../../core/service/service.ts";

const REQUEST_DEADLINE_MS = 5_000;
const NOT_FOUND = 404;

export interface Management {
  get<Body extends z.ZodType>(path: string, body: Body): Promise<z.output<Body>>;
  put(path: string, body: unknown): Promise<void>;
  /** What is not there needs no deleting. */
  delete(path: string, timeoutMs?: number): Promise<void>;
}

/** As the administrator. Every request rejects unless it is answered with success within its deadline. */
export function management(target: Target): Management {
  const { user, password } = target.credentials("rabbitmq", "admin");
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const send = (method: string, path: string, body?: unknown, timeoutMs = REQUEST_DEADLINE_MS): Promise<Response> =>
    fetch(`http://${target.host}:${target.port("management")}/api/${path}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const request = async (...sent: Parameters<typeof send>): Promise<Response> => {
    const [method, path] = sent;
    const response = await send(...sent);
    if (response.ok || (method === "DELETE" && response.status === NOT_FOUND)) return response;
    // Read to its end, or the connection would not be used again.
    const reason = await response.text();
    throw new Error(`RabbitMQ answered ${response.status} to ${method} /api/${path}: ${reason}`);
  };
  return {
    get: async (path, body) => body.parse(await (await request("GET", path)).json()),
    put: async (path, body) => {
      await (await request("PUT", path, body)).text();
    },
    delete: async (path, timeoutMs) => {
      await (await request("DELETE", path, undefined, timeoutMs)).text();
    },
  };
}

/** A segment of a path: "/" is a legal name of a vhost. */
export function segment(name: string): string {
  return encodeURIComponent(name);
}
