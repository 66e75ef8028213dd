import { createServer, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { openEngine } from "../../stack/docker/engine.ts";

const OWN = { "plumbline.stack": "shop", "plumbline.service": "redis", "plumbline.identity": "1234abcd" };
const COMPOSE = { "com.docker.compose.project": "plumbline-shop" };

/** What the engine holds: labels by container id. */
const CONTAINERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  byAnother: { ...OWN, "plumbline.instance": "redis-1" },
  byCompose: { ...OWN, ...COMPOSE, "plumbline.instance": "redis-2", "com.docker.compose.service": "redis-2" },
  byOverride: { ...COMPOSE, "com.docker.compose.service": "mail" },
  ofAnotherStack: { ...OWN, "plumbline.stack": "other", "plumbline.instance": "redis-3" },
};
const filters = z.object({ label: z.array(z.string()) });

let folder = "";
let server: Server;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pc-"));
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://engine");
    const id = /^\/containers\/(\w+)\/json$/.exec(url.pathname)?.[1];
    if (id !== undefined) return response.end(JSON.stringify(inspected(id)));
    const image = /^\/images\/(\w+)\/json$/.exec(url.pathname)?.[1];
    if (image === "gone") return response.writeHead(404).end(`{"message":"No such image"}`);
    if (image !== undefined) return response.end(JSON.stringify({ Id: image, Config: { User: "keeper" } }));
    if (url.pathname !== "/containers/json") return response.end(`"OK"`);
    const { label } = filters.parse(JSON.parse(url.searchParams.get("filters") ?? ""));
    const found = Object.entries(CONTAINERS).filter(([, labels]) =>
      label.every((each) => Object.entries(labels).some(([name, value]) => each === `${name}=${value}`)),
    );
    return response.end(JSON.stringify(found.map(([Id]) => ({ Id }))));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "docker.sock"), resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

function inspected(id: string) {
  return {
    Id: id,
    Name: `/${id}`,
    Image: id === "byCompose" ? "gone" : "here",
    State: { Status: "running", Running: true, ExitCode: 0, OOMKilled: false, StartedAt: "2026-01-01T00:00:00Z" },
    Config: { Labels: CONTAINERS[id], Image: "redis:8", User: "root" },
    HostConfig: {},
    NetworkSettings: { Networks: {}, Ports: {} },
  };
}

test("containers must be known by the stack's own label, whatever made them, and each once", async () => {
  const engine = await openEngine(`unix://${join(folder, "docker.sock")}`);
  const found = await engine.containers("plumbline-shop");
  expect(found.map(({ instance, service }) => [instance, service])).toEqual([
    ["redis-1", "redis"],
    ["redis-2", "redis"],
  ]);
});

test("a container must have its own user and that of its image, which may be gone", async () => {
  const engine = await openEngine(`unix://${join(folder, "docker.sock")}`);
  const users = (await engine.containers("plumbline-shop")).map(({ confinement }) => [
    confinement.user,
    confinement.imageUser,
  ]);
  expect(users).toEqual([
    ["root", "keeper"],
    ["root", undefined],
  ]);
});
