import { createServer } from "node:http";
import type { Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A container that does not run, as Compose has made it. */
export interface ExitedContainer {
  readonly id: string;
  readonly stack: string;
  readonly service: string;
}

/** An engine without a running container, behind a socket of its own: enough to be found, reached, asked and lost. */
export class DockerServer {
  readonly socket: string;
  readonly #folder: string;
  readonly #server: Server;
  /** Requests are taken and never answered. */
  silent = false;
  /** The same for requests of these paths only. */
  silentOn: RegExp | undefined;
  /** A request has come. */
  asked = false;
  /** A request has come that is never answered. */
  held = false;
  containers: readonly ExitedContainer[] = [];

  private constructor(folder: string, info: Readonly<Record<string, unknown>>) {
    this.#folder = folder;
    this.socket = join(folder, "docker.sock");
    this.#server = createServer((request, response) => {
      this.asked = true;
      if (this.silent || this.silentOn?.test(request.url ?? "") === true) {
        this.held = true;
        return;
      }
      const path = (request.url ?? "").split("?")[0] ?? "";
      const answer = this.#containerAnswer(path, request.url ?? "") ?? ANSWERS[path];
      if (path === "/_ping") response.end("OK");
      else if (path === "/info") response.end(JSON.stringify({ ...INFO, ...info }));
      else if (answer !== undefined) response.end(JSON.stringify(answer));
      else response.writeHead(404).end(JSON.stringify({ message: `no such thing: ${path}` }));
    });
  }

  static async create(info: Readonly<Record<string, unknown>> = {}): Promise<DockerServer> {
    const engine = new DockerServer(await mkdtemp(join(tmpdir(), "fe-")), info);
    await engine.listen();
    return engine;
  }

  get address(): string {
    return `unix://${this.socket}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(this.socket, resolve);
    });
  }

  #containerAnswer(path: string, url: string): unknown {
    if (path === "/containers/json") {
      // Without `all` the question is for containers that run.
      return url.includes("all=") ? this.containers.map(({ id }) => ({ Id: id, Names: [`/${id}`] })) : [];
    }
    const container = this.containers.find(({ id }) => path === `/containers/${id}/json`);
    return container && inspectionOf(container);
  }

  /** Ends every connection at once, as an engine does that is killed. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function inspectionOf({ id, stack, service }: ExitedContainer): unknown {
  const labels = { "plumbline.stack": stack, "com.docker.compose.project": `plumbline-${stack}` };
  return {
    Id: id,
    Name: `/${id}`,
    Image: "sha256:0",
    State: { Status: "exited", Running: false, ExitCode: 0, OOMKilled: false, StartedAt: "2026-01-01T00:00:00Z" },
    Config: { Image: "none:0", Labels: { ...labels, "com.docker.compose.service": service } },
    HostConfig: {},
    NetworkSettings: { Networks: {}, Ports: {} },
    Mounts: [],
  };
}

const ANSWERS: Readonly<Record<string, unknown>> = {
  "/volumes": { Volumes: [], Warnings: null },
  "/images/json": [],
  "/networks": [],
};

/** As an engine of version 19.03 says it, without a cgroup version. */
const INFO = {
  Name: "fake",
  NCPU: 4,
  MemTotal: 8 * 2 ** 30,
  KernelVersion: "6.1.0",
  OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
  Architecture: "x86_64",
  Driver: "overlay2",
  DockerRootDir: "/var/lib/docker",
  ServerVersion: "19.03.15",
};
