/** Client of a node's management API. */
import { request } from "node:http";
import { text as readText } from "node:stream/consumers";
import type { z } from "zod";
import type { Target } from "../../core/service/service.ts";

const REQUEST_DEADLINE_MS = 5_000;
const UNAUTHORIZED = 401;
const NOT_FOUND = 404;

/** The node refuses the administrator's login. */
export class Unauthorized extends Error {
  override readonly name = "Unauthorized";
}

export interface Management {
  get<Body extends z.ZodType>(path: string, body: Body): Promise<z.output<Body>>;
  put(path: string, body: unknown): Promise<void>;
  /** Also resolves if the object does not exist. */
  delete(path: string, timeoutMs?: number): Promise<void>;
}

/** Logs in as the administrator. Every request rejects unless it succeeds within its deadline. */
export function management(target: Target): Management {
  const { user, password } = target.credentials("rabbitmq", "admin");
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const answerTo = async (method: string, path: string, body?: unknown, timeoutMs = REQUEST_DEADLINE_MS) => {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const url = `http://${target.host}:${target.port("management")}/api/${path}`;
    const { status, text } = await exchange(url, { method, authorization, sent, timeoutMs });
    if ((status >= 200 && status < 300) || (method === "DELETE" && status === NOT_FOUND)) return text;
    const what = `RabbitMQ answered ${status} to ${method} /api/${path}: ${text}`;
    throw status === UNAUTHORIZED ? new Unauthorized(what) : new Error(what);
  };
  return {
    get: async (path, body) => body.parse(JSON.parse(await answerTo("GET", path))),
    put: async (path, body) => {
      await answerTo("PUT", path, body);
    },
    delete: async (path, timeoutMs) => {
      await answerTo("DELETE", path, undefined, timeoutMs);
    },
  };
}

interface Exchange {
  readonly method: string;
  readonly authorization: string;
  readonly sent: string | undefined;
  readonly timeoutMs: number;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Uses Node's plain HTTP client, because `fetch` takes 30 ms to load. */
function exchange(url: string, { method, authorization, sent, timeoutMs }: Exchange): Promise<Answer> {
  const headers = { authorization, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const { statusCode: status = 0 } = response;
      readText(response).then((text) => resolve({ status, text }), reject);
    });
    asked.on("error", reject);
    asked.end(sent);
  });
}

/** Escapes a segment of a path: "/" is a legal name of a vhost. */
export function segment(name: string): string {
  return encodeURIComponent(name);
}
