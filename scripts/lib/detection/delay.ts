/** A slower way to the published ports: a process in front of each, to which the targets of the clients point. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Measurable } from "../../../stack/effects/measure.ts";
import type { Injected, Scene } from "./scene.ts";

const DELAY_MS = 1;
const PROXY = fileURLToPath(new URL("./delay-proxy.mjs", import.meta.url));

export async function openDelay({ stack, instance }: Scene): Promise<Injected> {
  const proxies = await Promise.all(instance.ports.map(({ published }) => openProxy(published)));
  const ports = instance.ports.map((port, index) => ({ ...port, published: proxies[index]?.port ?? port.published }));
  return {
    stack: withInstance(stack, { ...instance, ports }),
    detail: `${DELAY_MS} ms by a proxy`,
    undo: async () => {
      for (const proxy of proxies) proxy.close();
    },
  };
}

interface Proxy {
  readonly port: number;
  close(): void;
}

function openProxy(published: number): Promise<Proxy> {
  const argv = [PROXY, `${published}`, `${DELAY_MS}`];
  const child = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the proxy exited with ${code}`)));
    child.stdout.once("data", (line: Buffer) => {
      resolve({ port: Number(line.toString()), close: () => child.stdin.end() });
    });
  });
}

/** The same stack, with another way to one of its instances. */
function withInstance(stack: Measurable, changed: Scene["instance"]): Measurable {
  const services = stack.desired.services.map((service) => ({
    ...service,
    instances: service.instances.map((instance) => (instance.name === changed.name ? changed : instance)),
  }));
  return { ...stack, desired: { ...stack.desired, services } };
}
