/** An engine that dies at a chosen moment: a socket of the test's own in front of the real one. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface EngineProxy {
  /** What DOCKER_HOST shall be. */
  readonly address: string;
  /** True once the engine is gone. */
  isGone(): boolean;
  close(): Promise<void>;
}

/** Path of the local engine's socket. */
export function engineSocket(): string {
  return (process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock").replace(/^unix:\/\//, "");
}

/**
 * Passes everything on until requests that match these patterns have come, in this order; the last of them is not
 * answered any more, and every connection ends.
 */
export async function openDyingEngine(moments: readonly RegExp[]): Promise<EngineProxy> {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-proxy-"));
  const path = join(folder, "docker.sock");
  const open = new Set<Socket>();
  const left = [...moments];
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: engineSocket(), allowHalfOpen: true });
    for (const socket of [client, engine]) {
      open.add(socket);
      socket.on("error", () => socket.destroy()).on("close", () => open.delete(socket));
    }
    client.on("data", (chunk: Buffer) => {
      if (left[0]?.test(chunk.toString("latin1"))) left.shift();
      if (left.length === 0) die();
      else engine.write(chunk);
    });
    client.on("end", () => engine.end()).on("close", () => engine.destroy());
    engine.pipe(client);
  });
  const die = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    address: `unix://${path}`,
    isGone: () => left.length === 0,
    close: async () => {
      die();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
