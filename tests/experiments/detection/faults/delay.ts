/** A slower path to the published ports: a proxy process in front of each, used as the clients' target. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Injected, Scene } from "../scene.ts";

const DELAY_MS = 1;
const PROXY = fileURLToPath(new URL("./delay-proxy.mjs", import.meta.url));

export async function openDelay({ instance }: Scene): Promise<Injected> {
  const proxies = await Promise.all(
    instance.ports.map(async ({ published }) => ({ published, proxy: await openProxy(published, DELAY_MS) })),
  );
  return {
    detours: proxies.map(({ published, proxy }) => ({ instance: instance.name, from: published, to: proxy.port })),
    detail: `${DELAY_MS} ms by a proxy`,
    undo: async () => {
      for (const { proxy } of proxies) proxy.close();
      await Promise.all(proxies.map(({ proxy }) => proxy.gone));
    },
  };
}

export interface Proxy {
  readonly port: number;
  readonly gone: Promise<unknown>;
  close(): void;
}

/** Starts a process that forwards its own port to this port of 127.0.0.1 and delays the answers. */
export function openProxy(published: number, delayMs: number): Promise<Proxy> {
  const child = spawn(process.execPath, [PROXY, `${published}`, `${delayMs}`], { stdio: ["pipe", "pipe", "inherit"] });
  const gone = once(child, "exit");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the proxy exited with ${code}`)));
    child.stdout.once("data", (line: Buffer) => {
      resolve({ port: Number(line.toString()), gone, close: () => child.stdin.end() });
    });
  });
}
