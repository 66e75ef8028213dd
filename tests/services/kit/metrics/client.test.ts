import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { scrape } from "../../../../stack/services/kit/metrics/client.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server on 127.0.0.1 that has these pages; its port. */
async function serving(pages: Readonly<Record<string, { readonly status?: number; readonly text: string }>>) {
  const server = createServer((request, response) => {
    const { status = 200, text } = pages[request.url ?? ""] ?? { status: 404, text: "no such page" };
    response.writeHead(status, { location: "/metrics" }).end(text);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { host: "127.0.0.1", port: address.port };
}

test("a page must be asked for with its query, and be read", async () => {
  const at = await serving({ "/scrape?target=redis://a:1": { text: "redis_up 1\n" } });
  expect(await scrape({ ...at, path: "/scrape?target=redis://a:1" })).toEqual([
    { name: "redis_up", labels: {}, value: 1 },
  ]);
});

test.for([
  ["an error", 500, "boom", "answered 500: boom"],
  ["something else than metrics", 200, "<html>", "no line of Prometheus' text format"],
  ["another address", 302, "", "fetch failed"],
  ["more than anybody's page", 200, "# x\n".repeat(5 * 1024 * 1024), "larger than"],
] as const)("a page that answers with %s must be refused", async ([, status, text, reason]) => {
  const at = await serving({ "/metrics": { status, text } });
  await expect(scrape({ ...at, path: "/metrics" })).rejects.toThrow(reason);
});

test("an endpoint where nobody listens must be told", async () => {
  const at = await serving({});
  const [server] = servers;
  await new Promise((resolve) => server?.close(resolve));
  await expect(scrape({ ...at, path: "/metrics" })).rejects.toThrow("fetch failed");
});
