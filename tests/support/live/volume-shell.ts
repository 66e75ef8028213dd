/** A shell on the volume of PostgreSQL while its server does not run. */
import { execIn } from "./docker.ts";
import type { Stack } from "./stack.ts";

/** Runs the script in a container of its own, and resolves what it prints. */
export async function onVolume(stack: Stack, script: string): Promise<string> {
  const { Config } = await stack.container("postgres").inspect();
  const container = await stack.docker.createContainer({
    Image: Config.Image,
    Entrypoint: ["sleep"],
    Cmd: ["60"],
    User: "0",
    HostConfig: { NetworkMode: "none", Binds: [`${stack.project}-postgres-data:/var/lib/postgresql`] },
  });
  try {
    await container.start();
    return (await execIn(container, ["sh", "-c", script])).stdout;
  } finally {
    await container.remove({ force: true, v: true });
  }
}
