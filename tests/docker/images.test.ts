import { createServer, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openEngine } from "../../stack/docker/engine.ts";

let server: Server | undefined;
let folder = "";
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

/** One frame of standard output, as engines frame the log of a container. */
function frame(text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(1, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

test("the container that tells an image's version must have no right and no network, and be removed", async () => {
  folder = await mkdtemp(join(tmpdir(), "pi-"));
  const requests: string[] = [];
  let created: unknown;
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://engine");
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push(`${request.method} ${pathname}`);
      if (pathname === "/containers/create") {
        created = JSON.parse(Buffer.concat(chunks).toString());
        response.writeHead(201).end(JSON.stringify({ Id: "abc" }));
      } else if (pathname === "/containers/abc/wait") response.end(JSON.stringify({ StatusCode: 0 }));
      else if (pathname === "/containers/abc/logs") response.end(frame("1.2.3\n"));
      else if (pathname.startsWith("/containers/")) response.writeHead(204).end();
      else response.end(`"OK"`);
    });
  });
  await new Promise<void>((resolve) => server?.listen(join(folder, "docker.sock"), resolve));
  const engine = await openEngine(`unix://${join(folder, "docker.sock")}`);
  expect(await engine.images.output("store:1", ["store", "--version"])).toBe("1.2.3\n");
  expect(created).toMatchObject({
    Image: "store:1",
    NetworkDisabled: true,
    HostConfig: { CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges:true"], PidsLimit: 1024 },
  });
  expect(requests).toContain("DELETE /containers/abc");
});
