import { createServer } from "node:http";
import type { Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openEngine } from "../../stack/docker/engine.ts";
import { DockerServer } from "../support/fakes/docker-server.ts";

describe("one engine", () => {
  let server: Server | undefined;
  let folder = "";
  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  test("is asked over one connection for calls that follow each other, whatever they are about", async () => {
    folder = await mkdtemp(join(tmpdir(), "plumbline-one-"));
    let connections = 0;
    server = createServer((request, response) => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      const body: Readonly<Record<string, unknown>> = { "/_ping": "OK", "/volumes": { Volumes: [] } };
      response.end(JSON.stringify(body[path] ?? []));
    });
    server.on("connection", () => (connections += 1));
    const socket = join(folder, "docker.sock");
    await new Promise<void>((resolve) => server?.listen(socket, resolve));
    const engine = await openEngine(`unix://${socket}`);
    expect(await engine.images.list()).toEqual([]);
    expect(await engine.networks("shop")).toEqual([]);
    expect(await engine.volumeSizes("shop")).toEqual([]);
    expect(await engine.strays()).toEqual([]);
    expect(await engine.runningContainers()).toEqual([]);
    expect(connections).toBe(1);
  });

  test("is reached at its address alone, whatever variables of Docker this process has", async () => {
    const engine = await DockerServer.create();
    const before = { ...process.env };
    Object.assign(process.env, {
      DOCKER_HOST: "tcp://127.0.0.1:1",
      DOCKER_CERT_PATH: "/nonexistent",
      DOCKER_PATH_PREFIX: "/elsewhere",
    });
    try {
      expect(await (await openEngine(engine.address)).containers("shop")).toEqual([]);
      expect(process.env["DOCKER_HOST"]).toBe("tcp://127.0.0.1:1");
    } finally {
      for (const name of ["DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_PATH_PREFIX"]) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      await engine.remove();
    }
  });
});
