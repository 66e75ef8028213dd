/** Containers of the servers' images on the host's network, so that their tools reach a server as this process does. */
import { openClient } from "../../../stack/docker/client.ts";
import { PROJECT_LABEL, PURPOSE_LABEL } from "../../../stack/docker/containers.ts";
import type { Engine } from "../../../stack/core/machine/engine.ts";
import type { Target } from "../../../stack/core/service/service.ts";
import type { RunningStack } from "../../../stack/commands/request/running-stack.ts";

/** Time to start a container on a busy machine. */
const START_DEADLINE_MS = 60_000;

export interface ToolContainers {
  /** Returns the same server, with commands that run in the tool container instead of the server's. */
  outside(target: Target, image: string): Promise<Target>;
  close(): Promise<void>;
}

/**
 * The containers carry the stack's project label, so that destroying the stack removes them even after a killed run.
 */
export async function openToolContainers({ world, wanted }: RunningStack, project: string): Promise<ToolContainers> {
  const { engine } = world;
  const client = await openClient(engine.address, wanted.host.env);
  const started = new Map<string, Promise<string>>();
  const start = async (image: string): Promise<string> => {
    const made = await client.call("container", "make a container for a tool", START_DEADLINE_MS, (abortSignal) =>
      client.docker.createContainer({
        Image: image,
        Entrypoint: ["sleep"],
        Cmd: ["infinity"],
        Labels: { [PROJECT_LABEL]: project, [PURPOSE_LABEL]: "fidelity" },
        HostConfig: { NetworkMode: "host", Init: true },
        abortSignal,
      }),
    );
    await client.call("container", "start a container for a tool", START_DEADLINE_MS, (): Promise<unknown> =>
      made.start(),
    );
    return made.id;
  };
  return {
    outside: async (target, image) => {
      const starting = started.get(image) ?? start(image);
      started.set(image, starting);
      return reached(target, engine, await starting);
    },
    close: async () => {
      const ids = await Promise.allSettled(started.values());
      const found = ids.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      await Promise.all(found.map((id) => client.docker.getContainer(id).remove({ force: true, v: true })));
    },
  };
}

function reached(target: Target, engine: Engine, container: string): Target {
  return {
    ...target,
    inside: target.port,
    exec: async (argv, options) => {
      const result = await engine.exec(container, argv, options);
      if (result.exitCode === 0) return result;
      throw new Error(
        `${argv[0] ?? ""} exited with ${result.exitCode}: ${result.stderr.trim() || result.stdout.trim()}`,
      );
    },
  };
}
