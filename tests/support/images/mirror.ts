/**
 * A mirror of Debian for tests, on 127.0.0.1, that asks for a login as RFC 7617 has it. It has the packages of the mirror
 * that this computer uses.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { realHost } from "../../../stack/host/host.ts";
import { mirrorsOf } from "../../../stack/images/mirror.ts";
import { freePort } from "../live/ports.ts";

export interface TestMirror {
  /** "127.0.0.1:23456": the packages are below /debian, security updates below /debian-security. */
  readonly address: string;
  /** Requests that came with the login, and all others. */
  readonly requests: () => { readonly admitted: number; readonly refused: number };
  stop(): Promise<void>;
}

const DEBIAN = "http://deb.debian.org/debian";

export async function startMirror(user: string, password: string): Promise<TestMirror> {
  const { main = DEBIAN, security } = await mirrorsOf("trixie", realHost(), DEBIAN);
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  let [admitted, refused] = [0, 0];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.headers.authorization !== wanted) {
      refused += 1;
      response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
      return;
    }
    admitted += 1;
    const [, area = "", path = ""] = /^\/(debian|debian-security)\/(.*)$/.exec(request.url ?? "") ?? [];
    const origin = area === "debian" ? main : area === "debian-security" ? security : undefined;
    if (origin === undefined) {
      response.writeHead(404).end();
      return;
    }
    const found = await fetch(`${origin.replace(/\/$/, "")}/${path}`, { headers: { "accept-encoding": "identity" } });
    response.writeHead(found.status);
    if (found.body === null) response.end();
    else await pipeline(Readable.fromWeb(found.body), response);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const port = await freePort();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    address: `127.0.0.1:${port}`,
    requests: () => ({ admitted, refused }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
