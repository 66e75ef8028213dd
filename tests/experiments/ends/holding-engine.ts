/** A socket in front of the real engine that passes everything on, until one request comes that it keeps. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineSocket } from "../../support/live/engine-proxy.ts";

export interface HoldingEngine {
  /** What DOCKER_HOST shall be. */
  readonly address: string;
  /** True once a request is kept. */
  readonly isHolding: () => boolean;
  /** Passes everything on from now on; what was kept stays unanswered. */
  readonly letGo: () => void;
  readonly close: () => Promise<void>;
}

/** `moment`: the first line of a request, "POST /v1.44/containers/create". */
export async function openHoldingEngine(moment: RegExp): Promise<HoldingEngine> {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-holding-"));
  const path = join(folder, "docker.sock");
  const open = new Set<Socket>();
  let holding = false;
  let passes = false;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: engineSocket(), allowHalfOpen: true });
    let kept = false;
    for (const socket of [client, engine]) {
      open.add(socket);
      socket.on("error", () => socket.destroy()).on("close", () => open.delete(socket));
    }
    client.on("data", (chunk: Buffer) => {
      if (!passes && moment.test(chunk.toString("latin1"))) kept = holding = true;
      if (!kept) engine.write(chunk);
    });
    client.on("end", () => engine.end()).on("close", () => engine.destroy());
    engine.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    address: `unix://${path}`,
    isHolding: () => holding,
    letGo: () => {
      passes = true;
    },
    close: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
