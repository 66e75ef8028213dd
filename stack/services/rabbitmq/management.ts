/** The management API of a node. */
import type { z } from "zod";
import type { Target } from "../../core/service.ts";

const REQUEST_DEADLINE_MS = 5_000;

export interface Management {
  get<Body extends z.ZodType>(path: string, body: Body): Promise<z.output<Body>>;
  put(path: string, body: unknown): Promise<void>;
  delete(path: string): Promise<void>;
}

/** As the administrator. Every request rejects unless it is answered with success within its deadline. */
export function management(target: Target): Management {
  const { user, password } = target.credentials("rabbitmq", "admin");
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const request = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(`http://${target.host}:${target.port("management")}/api/${path}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      signal: AbortSignal.timeout(REQUEST_DEADLINE_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    // Read to its end, or the connection would not be used again.
    const reason = await response.text();
    throw new Error(`RabbitMQ answered ${response.status} to ${method} /api/${path}: ${reason}`);
  };
  return {
    get: async (path, body) => body.parse(await (await request("GET", path)).json()),
    put: async (path, body) => {
      await (await request("PUT", path, body)).text();
    },
    delete: async (path) => {
      await (await request("DELETE", path)).text();
    },
  };
}

/** A segment of a path: "/" is a legal name of a vhost. */
export function segment(name: string): string {
  return encodeURIComponent(name);
}
