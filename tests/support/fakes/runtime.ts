/** What a runtime does to the containers of an engine in memory. */
import type { Deployer } from "../../../stack/core/machine/deployer.ts";
import type { Engine } from "../../../stack/core/machine/engine.ts";
import type { Runtime } from "../../../stack/core/machine/runtime.ts";
import { composeFiles } from "../../../stack/render/compose.ts";

type Changing = Pick<Engine, "restart" | "remove" | "updateLimits">;

/** Changes single containers as the engine does; makes none unless a test says how. */
export function fakeDeployer(engine: Changing, parts: Partial<Deployer> = {}): Deployer {
  return {
    render: composeFiles,
    isInstalled: async () => true,
    diagnose: async () => ({ check: "compose", status: "ok", found: "Docker Compose 2.40.0" }),
    start: async (_stack, instances) => impossible(`start ${instances.join(" ")}`),
    replace: async (_stack, instances) => impossible(`replace ${instances.join(" ")}`),
    unpause: async (_stack, instance) => impossible(`unpause ${instance}`),
    restart: ({ id }, graceSeconds) => engine.restart(id, graceSeconds),
    remove: ({ id }) => engine.remove(id),
    limits: ({ id }, share) => engine.updateLimits(id, share),
    showLogs: async (_stack, instances, { output }) => {
      for (const instance of instances) output.write(`${instance} | ready\n`);
    },
    ...parts,
  };
}

/** Ports are where they are published, on the loopback address. */
export function fakeRuntime(engine: Changing, parts: Partial<Deployer> = {}): Pick<Runtime, "deploy" | "endpoint"> {
  return {
    deploy: fakeDeployer(engine, parts),
    endpoint: (_instance, published) => ({ host: "127.0.0.1", port: published }),
  };
}

async function impossible(what: string): Promise<never> {
  throw new Error(`this world makes no containers: ${what}`);
}
